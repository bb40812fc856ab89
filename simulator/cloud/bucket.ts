import type { Actor } from "./actor.ts";
import type { Network } from "./network.ts";

interface PutOptions {
  readonly onlyIf?: unknown;
  readonly customMetadata?: Readonly<Record<string, string>>;
}

interface Stored {
  readonly body: string | Uint8Array;
  readonly etag: string;
  readonly customMetadata: Readonly<Record<string, string>>;
}

/** R2 as the engine uses it: objects by key, conditional puts, lists by prefix. */
export class Bucket {
  readonly objects = new Map<string, Stored>();
  /** Counts the restores of everything: what was sent before one does not arrive after it. */
  era = 0;
  readonly #network: Network;
  #puts = 0;

  constructor(network: Network) {
    this.#network = network;
  }

  /** The binding of one caller. */
  binding(actor: Actor): R2Bucket {
    const call = (label: string, serve: () => unknown): Promise<unknown> =>
      this.#network.call(actor, `r2 ${label}`, (reply, fail) => {
        if (this.#network.chance(this.#network.rates.bucketFails)) fail(new Error("put: We encountered an internal error. (10001)"));
        else reply(serve());
      });
    return {
      put: (key: string, value: unknown, options?: PutOptions) => {
        const body = typeof value === "string" ? value : bytesOf(value);
        const { era } = this;
        return call(`put ${key}`, () => (this.era === era ? this.#put(key, body, options) : null));
      },
      get: (key: string) => call(`get ${key}`, () => this.#get(key)),
      head: (key: string) => call(`head ${key}`, () => this.#get(key)),
      delete: (keys: string | string[]) =>
        call("delete", () => {
          for (const key of typeof keys === "string" ? [keys] : keys) this.objects.delete(key);
        }),
      list: (options?: { readonly prefix?: string; readonly startAfter?: string; readonly limit?: number }) =>
        call(`list ${options?.prefix ?? ""}`, () => this.#list(options ?? {})),
    } as unknown as R2Bucket;
  }

  #put(key: string, body: string | Uint8Array, { onlyIf, customMetadata = {} }: PutOptions = {}): unknown {
    const before = this.objects.get(key);
    if (!isAllowed(onlyIf, before)) return null;
    const stored = { body, etag: `etag-${++this.#puts}`, customMetadata };
    this.objects.set(key, stored);
    return objectOf(key, stored);
  }

  #get(key: string): unknown {
    const stored = this.objects.get(key);
    return stored === undefined ? null : objectOf(key, stored);
  }

  #list({
    prefix = "",
    startAfter = "",
    limit = 1_000,
  }: {
    readonly prefix?: string;
    readonly startAfter?: string;
    readonly limit?: number;
  }) {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort();
    const objects = keys.slice(0, limit).map((key) => ({ key, size: this.objects.get(key)?.body.length ?? 0 }));
    return { objects, truncated: keys.length > limit, delimitedPrefixes: [], ...(keys.length > limit ? { cursor: keys[limit - 1] } : {}) };
  }
}

function isAllowed(onlyIf: unknown, before: Stored | undefined): boolean {
  if (typeof onlyIf !== "object" || onlyIf === null) return true;
  if (typeof Headers !== "undefined" && onlyIf instanceof Headers) return onlyIf.get("If-None-Match") !== "*" || before === undefined;
  const { etagDoesNotMatch, etagMatches } = onlyIf as { readonly etagDoesNotMatch?: string; readonly etagMatches?: string };
  if (etagDoesNotMatch === "*") return before === undefined;
  return etagMatches === undefined || etagMatches === before?.etag;
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value.slice();
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0));
  throw new TypeError("the simulated bucket takes text and bytes");
}

/** A fake's answer is read in the same life of its caller: its body is there at once. */
function objectOf(key: string, { body, etag, customMetadata }: Stored) {
  const text = async () => (typeof body === "string" ? body : new TextDecoder().decode(body));
  return {
    key,
    etag,
    httpEtag: `"${etag}"`,
    size: body.length,
    customMetadata,
    text,
    json: async () => JSON.parse(await text()) as unknown,
    arrayBuffer: async () => (typeof body === "string" ? new TextEncoder().encode(body) : body).slice().buffer,
  };
}
