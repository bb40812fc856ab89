/**
 * Transactions inside a JSON value, each in the shape that `parseTransaction` reads: arrays
 * (webhook bodies), JSON-RPC envelopes, transactionNotification and blockNotification frames, and
 * whole blocks are opened; slot and time of the frame are handed down. Values that hold no
 * transaction give an empty list.
 */
export function unwrapTransactions(json: unknown): unknown[] {
  return unwrap(json, 0);
}

/** Envelopes nest no deeper than array > envelope > params > result > value > block. */
const MAX_DEPTH = 8;

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unwrap(json: unknown, depth: number): unknown[] {
  if (depth > MAX_DEPTH) return [];
  if (Array.isArray(json)) return json.flatMap((item) => unwrap(item, depth + 1));
  if (!isObject(json)) return [];
  const { jsonrpc, params, result, value, block, transactions, transaction, signature, accountData } = json;
  if (jsonrpc !== undefined) return unwrap(params ?? result, depth + 1);
  if (Array.isArray(accountData) && typeof signature === "string") return [json];
  // A getTransaction result has `meta` beside `transaction`; a notification wraps both once more.
  if (transaction !== undefined && json["meta"] !== undefined) return [json];
  if (isObject(transaction)) return unwrap(withFrame(transaction, json), depth + 1);
  if (Array.isArray(transactions)) return transactions.flatMap((item) => unwrap(isObject(item) ? withFrame(item, json) : item, depth + 1));
  if (isObject(block)) return unwrap(withFrame(block, json), depth + 1);
  if (isObject(value)) return unwrap(withFrame(value, json), depth + 1);
  return result === undefined ? [] : unwrap(result, depth + 1);
}

/** Hands slot and block time down to what lies inside a frame. */
function withFrame(inner: Json, frame: Json): Json {
  return { ...inner, slot: inner["slot"] ?? frame["slot"] ?? null, blockTime: inner["blockTime"] ?? frame["blockTime"] ?? null };
}
