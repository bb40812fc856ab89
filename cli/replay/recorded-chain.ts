import { z } from "zod";
import { isAddress } from "../../domain/solana/address.ts";
import { decodeBase64 } from "../../domain/solana/base64.ts";
import { unwrapTransactions } from "../../domain/solana/envelope.ts";
import { type ChainTransaction, parseTransaction } from "../../domain/solana/transaction.ts";
import type { Address, Signature, UnixMs } from "../../domain/units.ts";
import { jsonValuesIn, type RecordingProblem } from "./json-files.ts";
import { toRawWebhookEntry } from "./raw-webhook.ts";
import type { RecordedAccount } from "./recorded-state.ts";

/** One recorded transaction, ready to be delivered. */
export interface Recording {
  readonly file: string;
  /** Entry of a raw webhook body; an enhanced recording stays an enhanced entry. */
  readonly webhookEntry: unknown;
  readonly blockTimeMs: UnixMs | null;
  readonly slot: number | null;
  /** Position in its block, where recorded. */
  readonly indexWithinBlock: number | null;
  readonly signature: Signature;
  readonly transaction: ChainTransaction;
}

/** An account that an RPC node stated, as of a slot where one is recorded. */
export interface AccountRecording {
  readonly file: string;
  readonly address: Address;
  readonly slot: number | null;
  readonly account: RecordedAccount;
}

export interface RecordedChain {
  /** By time, then slot and position in the block, then file order; unknown times and slots first. */
  readonly recordings: readonly Recording[];
  readonly accounts: readonly AccountRecording[];
  readonly problems: readonly RecordingProblem[];
}

const accountInfo = z.object({
  owner: z.string(),
  lamports: z.number().nonnegative(),
  data: z.tuple([z.string(), z.literal("base64")]),
});
/** An account together with its address, as `solana account --output json` and getProgramAccounts state it. */
const keyedAccount = z.object({ pubkey: z.string(), account: accountInfo });

/** Recorded transactions of files and folders, by time, then slot, then file order. */
export async function loadRecordings(paths: readonly string[]): Promise<readonly Recording[]> {
  return (await loadRecordedChain(paths)).recordings;
}

/**
 * Everything usable in files and folders. A transaction that is recorded twice counts once. Nothing
 * throws for what is in a file: problems are listed.
 */
export async function loadRecordedChain(paths: readonly string[]): Promise<RecordedChain> {
  const recordings = new Map<Signature, Recording>();
  const accounts: AccountRecording[] = [];
  const problems: RecordingProblem[] = [];
  for await (const { file, value, note } of jsonValuesIn(paths, problems)) {
    const candidates = unwrapTransactions(value);
    const found = candidates.length === 0 ? accountsIn(value) : [];
    if (candidates.length === 0 && found.length === 0) note(describe(value));
    accounts.push(...found.map((account) => ({ file, ...account })));
    for (const candidate of candidates) {
      const recording = recordingOf(file, candidate);
      if (typeof recording === "string") note(recording);
      else if (!recordings.has(recording.signature)) recordings.set(recording.signature, recording);
    }
  }
  const ordered = [...recordings.values()].map((recording, position) => ({ recording, position }));
  ordered.sort((a, b) => order(a.recording, b.recording) || a.position - b.position);
  return { recordings: ordered.map(({ recording }) => recording), accounts, problems };
}

function recordingOf(file: string, candidate: unknown): Recording | string {
  const parsed = parseTransaction(candidate);
  if (!parsed.ok) return `${parsed.reason}: ${parsed.detail ?? ""}`;
  const { signature, slot, blockTimeMs } = parsed.value;
  const webhookEntry = toRawWebhookEntry(candidate);
  const indexWithinBlock = indexOf(webhookEntry);
  return { file, webhookEntry, blockTimeMs, slot, indexWithinBlock, signature, transaction: parsed.value };
}

function indexOf(entry: unknown): number | null {
  const index = typeof entry === "object" && entry !== null && "indexWithinBlock" in entry ? entry.indexWithinBlock : null;
  return typeof index === "number" ? index : null;
}

function order(a: Recording, b: Recording): number {
  return compare(a.blockTimeMs, b.blockTimeMs) || compare(a.slot, b.slot) || compare(a.indexWithinBlock, b.indexWithinBlock);
}

function compare(a: number | null, b: number | null): number {
  if (a === b) return 0;
  return (a ?? Number.NEGATIVE_INFINITY) - (b ?? Number.NEGATIVE_INFINITY);
}

/** Accounts with their addresses: one, a list, or the result of an RPC call with its context. */
function accountsIn(json: unknown, slot: number | null = null): Array<Omit<AccountRecording, "file">> {
  if (Array.isArray(json)) return json.flatMap((item) => accountsIn(item, slot));
  const keyed = keyedAccount.safeParse(json);
  if (keyed.success) {
    const { pubkey, account } = keyed.data;
    const data = decodeBase64(account.data[0]);
    if (data === null || !isAddress(pubkey) || !isAddress(account.owner)) return [];
    return [{ address: pubkey, slot, account: { owner: account.owner, lamports: BigInt(Math.trunc(account.lamports)), data } }];
  }
  if (typeof json !== "object" || json === null) return [];
  if ("result" in json) return accountsIn(json.result, slot);
  if (!("value" in json)) return [];
  const context = "context" in json ? json.context : null;
  const stated = typeof context === "object" && context !== null && "slot" in context ? context.slot : null;
  return accountsIn(json.value, typeof stated === "number" ? stated : slot);
}

function describe(json: unknown): string {
  const result = typeof json === "object" && json !== null && "result" in json ? json.result : null;
  if (typeof result === "object" && result !== null && "value" in result) return "an account without its address";
  return "neither a transaction nor an account with its address";
}
