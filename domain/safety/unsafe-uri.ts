/** Schemes that metadata links use. */
const SCHEMES: ReadonlySet<string> = new Set(["https:", "http:", "ipfs:", "ar:"]);
const LOCAL_SUFFIXES: readonly string[] = [".local", ".localhost", ".internal", ".intranet", ".lan", ".home.arpa"];

/** Longest link that is looked at, ten times what pump takes. */
const MAX_READ = 2_000;

/** Why a metadata link is not a plain public web address; null when it is, or when there is none. */
export function unsafeUri(uri: string): string | null {
  if (uri === "") return null;
  if (uri.length > MAX_READ) return "too long to be read";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u0020\u007f-\u00a0\u2028\u2029]/.test(uri)) return "blank or control character";
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    return "not a link";
  }
  if (!SCHEMES.has(url.protocol)) return `scheme ${url.protocol.slice(0, 20)}`;
  if (url.protocol === "ipfs:" || url.protocol === "ar:") return null;
  if (url.username !== "" || url.password !== "") return "names a user";
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  if (host === "localhost" || LOCAL_SUFFIXES.some((suffix) => host.endsWith(suffix))) return "local host";
  // The URL parser has already brought decimal, octal and hexadecimal forms of IPv4 to this one.
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host) || host.startsWith("[")) return "numeric host";
  return host.includes(".") ? null : "host without a domain";
}
