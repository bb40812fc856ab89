import { z } from "zod";
import type { Rpc, SignatureInfo } from "../../adapters/rpc/client.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { SignerPort } from "../../domain/signing/types.ts";
import type { Address, Signature } from "../../domain/units.ts";
import type { LiveStore } from "./live-store.ts";

/** Solana's limit of `getSignaturesForAddress`. */
const PAGE = 1_000;
/** A wallet that is sprayed with dust has long histories; what is beyond is left to the books. */
const MAX_PAGES = 5;
/** Transactions read per look: strangers can make them up at a price of a fee each. */
const MAX_LOOKUPS = 20;
/** Pages of 500 of the signer's history per look. */
const MAX_SIGNER_PAGES = 20;
const SIGNER_PAGE = 500;

/** How far the wallet's history was looked through; `newest` is null while it has none. */
interface Cursor {
  readonly wallet: Address;
  readonly newest: Signature | null;
}

const signersOf = z.object({
  transaction: z.object({
    message: z.object({ accountKeys: z.array(z.string()).max(256), header: z.object({ numRequiredSignatures: z.number().int() }) }),
  }),
});

/**
 * Looks at what the wallet signed on chain since the last look, and reports signatures that the
 * signer does not know: somebody else has the key. The first look at a wallet only notes where its
 * history ends. Transactions that merely name the wallet, such as deposits, are nobody's signature.
 * @param onForeign called before the look counts as done, at least once per signature
 */
export async function watchWallet(
  store: LiveStore,
  rpc: Rpc,
  signer: SignerPort,
  wallet: Address,
  onForeign: (signature: Signature) => void,
): Promise<Result<null>> {
  const kept = store.get<Cursor>("wallet-cursor");
  const cursor = kept?.wallet === wallet ? kept : null;
  const unseen = await unseenSignatures(rpc, wallet, cursor?.newest ?? null, cursor === null ? 1 : MAX_PAGES);
  if (!unseen.ok) return unseen;
  if (cursor === null) {
    store.put("wallet-cursor", { wallet, newest: unseen.value[0]?.signature ?? null } satisfies Cursor);
    return ok(null);
  }
  // After the chain was read, so that every signature that it showed is in the signer's journal.
  const known = await readSignerHistory(store, signer);
  if (!known.ok) return known;
  let lookups = 0;
  for (const { signature } of [...unseen.value].reverse()) {
    if (!store.isOwnSignature(signature)) {
      if (++lookups > MAX_LOOKUPS) break;
      const transaction = await rpc.getTransaction(signature);
      // Not shown yet: it is looked at the next time.
      if (!transaction.ok || transaction.value === null) break;
      if (isSignedBy(transaction.value, wallet, signature)) onForeign(signature);
    }
    store.put("wallet-cursor", { wallet, newest: signature } satisfies Cursor);
  }
  return ok(null);
}

function isSignedBy(transaction: unknown, wallet: Address, signature: Signature): boolean {
  const parsed = signersOf.safeParse(transaction);
  if (!parsed.success) {
    console.error("transaction of the wallet cannot be read", signature);
    return false;
  }
  const { accountKeys, header } = parsed.data.transaction.message;
  return accountKeys.slice(0, header.numRequiredSignatures).includes(wallet);
}

/** Signatures that name the wallet after `newest`, newest first. */
async function unseenSignatures(
  rpc: Rpc,
  wallet: Address,
  newest: Signature | null,
  maxPages: number,
): Promise<Result<readonly SignatureInfo[]>> {
  const all: SignatureInfo[] = [];
  for (let page = 0; page < maxPages; page++) {
    const before = all.at(-1)?.signature;
    const range = { limit: PAGE, ...(newest === null ? {} : { until: newest }), ...(before === undefined ? {} : { before }) };
    const reply = await rpc.getSignaturesForAddress(wallet, range);
    if (!reply.ok) return reply;
    all.push(...reply.value);
    if (reply.value.length < PAGE) break;
  }
  return ok(all);
}

async function readSignerHistory(store: LiveStore, signer: SignerPort): Promise<Result<null>> {
  for (let page = 0; page < MAX_SIGNER_PAGES; page++) {
    const afterSeq = store.get<number>("signer-seq") ?? 0;
    const history = await signer.history(afterSeq);
    if (!history.ok) return history;
    for (const { signature } of history.value) if (signature !== null) store.addOwnSignature(signature);
    const last = history.value.at(-1);
    if (last !== undefined) store.put("signer-seq", last.seq);
    if (history.value.length < SIGNER_PAGE) break;
  }
  return ok(null);
}
