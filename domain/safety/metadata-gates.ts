import type { Finding } from "../scoring/assessment.ts";
import { USDC_MINT, WSOL_MINT } from "../solana/programs.ts";
import type { Address } from "../units.ts";
import { hard, soft } from "./findings.ts";
import { isDeceptive, isFlood, isHostile, looksLike } from "./hostile-text.ts";
import { unsafeUri } from "./unsafe-uri.ts";

/** Bytes that pump's create_v2 takes (errors 6043-6045); the old `create` was bounded by Metaplex at or below them. */
export const MAX_BYTES = { name: 32, symbol: 13, uri: 200 } as const;
/** Tether's mint. */
const USDT_MINT: Address = "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB";
const WELL_KNOWN_MINTS: readonly Address[] = [WSOL_MINT, USDC_MINT, USDT_MINT];
/** Characters at each end of an address that people, and some wallets, compare. */
const ADDRESS_ENDS = 4;
const KNOWN_SYMBOLS: readonly string[] = ["SOL", "WSOL", "USDC", "USDT"];
const KNOWN_NAMES: readonly string[] = ["SOLANA", "WRAPPED SOL", "USD COIN", "TETHER USD"];
const VANITY_SUFFIX = "pump";

export interface MetadataInputs {
  readonly mint: Address;
  /** Attacker's text, like the two below. */
  readonly name: string;
  readonly symbol: string;
  readonly uri: string;
  /** Whether pump has a bonding curve of the mint; null when that could not be read. */
  readonly createdByPump: boolean | null;
}

/** Gates of what a token calls itself. None of it is ever fetched, followed or executed by us; people and models read it. */
export function judgeMetadata({ mint, name, symbol, uri, createdByPump }: MetadataInputs): Finding[] {
  const findings: Finding[] = [...judgeAddress(mint, createdByPump)];
  const known = [...KNOWN_SYMBOLS.filter((one) => isNamed(symbol, one)), ...KNOWN_NAMES.filter((one) => isNamed(name, one))];
  if (known[0] !== undefined && !WELL_KNOWN_MINTS.includes(mint)) findings.push(hard("TOKEN_IMPOSTOR", `calls itself ${known[0]}`));
  for (const [field, text] of [
    ["name", name],
    ["symbol", symbol],
  ] as const) {
    const alike = looksLike(text);
    if (isDeceptive(text)) findings.push(soft("NAME_DECEPTIVE", `${field}: invisible, reordering or mixed characters`));
    else if (alike !== null) findings.push(soft("NAME_DECEPTIVE", `${field}: reads ${alike}`));
    if (isHostile(text)) findings.push(soft("NAME_HOSTILE", field));
    if (bytesOf(text) > MAX_BYTES[field]) findings.push(soft("NAME_OVERLONG", `${field}: ${bytesOf(text)} bytes`));
    else if (isFlood(text)) findings.push(soft("NAME_OVERLONG", `${field}: a flood of symbols`));
  }
  if (bytesOf(uri) > MAX_BYTES.uri) findings.push(soft("NAME_OVERLONG", `link: ${bytesOf(uri)} bytes`));
  const fault = unsafeUri(uri);
  if (fault !== null) findings.push(soft("URI_UNSAFE", fault));
  return findings;
}

function judgeAddress(mint: Address, createdByPump: boolean | null): Finding[] {
  if (WELL_KNOWN_MINTS.includes(mint)) return [hard("TOKEN_IMPOSTOR", "not a memecoin's mint")];
  const alike = WELL_KNOWN_MINTS.find(
    (known) => mint.slice(0, ADDRESS_ENDS) === known.slice(0, ADDRESS_ENDS) && mint.slice(-ADDRESS_ENDS) === known.slice(-ADDRESS_ENDS),
  );
  if (alike !== undefined) return [hard("TOKEN_IMPOSTOR", `the address looks like ${alike}`)];
  if (createdByPump === false && mint.toLowerCase().endsWith(VANITY_SUFFIX))
    return [hard("TOKEN_IMPOSTOR", "ends in pump, and pump has no curve of it")];
  return [];
}

/** Equal but for case, blanks and decoration. A name of more than pump's bytes is none of these. */
function isNamed(text: string, known: string): boolean {
  if (text.length > MAX_BYTES.uri) return false;
  return (
    text
      .normalize("NFKC")
      .toUpperCase()
      .replace(/^[\s$]+|\s+$/g, "") === known
  );
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
