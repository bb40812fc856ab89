import type { Command } from "commander";
import { REASONS } from "../../domain/reasons.ts";
import { type DecodedEvent, damagedEvents, decodeTransaction, findGraduation } from "../../domain/solana/decode.ts";
import { unwrapTransactions } from "../../domain/solana/envelope.ts";
import { DEFAULT_ADDRESS } from "../../domain/solana/programs.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import { type Io, TERMINAL } from "../output.ts";
import { readJsonFile } from "../replay/json-files.ts";
import { printable } from "../text/printable.ts";

/** Adds `decode` to the program. */
export function registerDecode(program: Command, io: Io = TERMINAL): void {
  program
    .command("decode")
    .description("decode recorded transactions: getTransaction, blockSubscribe, Helius raw or enhanced JSON, one or many values in a file")
    .argument("<file...>", "files to decode")
    .option("--json", "one JSON object per event and line")
    .action(async (files: string[], options: { json?: boolean }) => {
      const complete = await decodeFiles(files, options.json === true, io);
      if (!complete) io.fail(1);
    });
}

/**
 * Decodes files and writes their events; what cannot be decoded is named on the error side.
 * @returns false when a file cannot be read, is broken, or holds no transaction at all.
 */
export async function decodeFiles(files: readonly string[], json: boolean, { out, err }: Pick<Io, "out" | "err">): Promise<boolean> {
  let complete = true;
  for (const file of files) {
    const reading = await readJsonFile(file);
    if (!reading.ok) {
      err(`${file}: ${reading.error}`);
      complete = false;
      continue;
    }
    let decoded = 0;
    for (const [position, piece] of reading.pieces.entries()) {
      const where = `${file}: value ${position + 1} (line ${piece.line})`;
      if (!piece.ok) {
        err(`${where}: not JSON: ${printable(piece.error)}`);
        complete = false;
        continue;
      }
      const transactions = unwrapTransactions(piece.value);
      if (transactions.length === 0) err(`${where}: ${nameOf(piece.value)}, not a transaction`);
      for (const [item, candidate] of transactions.entries()) {
        const written = decodeOne(candidate, json, out);
        if (written === null) decoded++;
        else {
          err(`${transactions.length > 1 ? `${where}, item ${item + 1}` : where}: ${written}`);
          complete = false;
        }
      }
    }
    if (decoded === 0) {
      err(`${file}: holds no transaction that can be decoded`);
      complete = false;
    }
  }
  return complete;
}

/** @returns null when written, else why it cannot be decoded. */
function decodeOne(candidate: unknown, json: boolean, out: (line: string) => void): string | null {
  const tx = parseTransaction(candidate);
  if (!tx.ok) return `${tx.reason}: ${printable(tx.detail ?? REASONS[tx.reason])}`;
  const events = decodeTransaction(tx.value);
  const damaged = damagedEvents(tx.value);
  const problem = damaged.length === 0 ? null : `${tx.value.signature}: cannot read its ${damaged.join(", ")} event`;
  if (json) {
    for (const event of events) out(printable(JSON.stringify(event)));
    return problem;
  }
  const { signature, slot, blockTimeMs } = tx.value;
  const time = blockTimeMs === null ? "time unknown" : new Date(blockTimeMs).toISOString();
  out(`${signature}  slot ${slot ?? "unknown"}  ${time}`);
  for (const event of events) out(`  ${row(event)}`);
  const graduation = findGraduation(tx.value);
  if (graduation.ok) out(`  graduation of ${graduation.value.mint} into pool ${graduation.value.pool}`);
  else out(`  no graduation: ${graduation.reason}${graduation.detail === undefined ? "" : ` (${graduation.detail})`}`);
  out("");
  return problem;
}

/** Fields that tell most about an event, in the order in which they are shown. */
const SHOWN = [
  "mint",
  "base_mint",
  "quote_mint",
  "pool",
  "symbol",
  "is_buy",
  "sol_amount",
  "token_amount",
  "base_amount_out",
  "base_amount_in",
  "quote_amount_in",
  "quote_amount_out",
  "user_quote_amount_in",
  "user_quote_amount_out",
  "mint_amount",
  "pool_base_amount",
  "pool_quote_amount",
];

function row({ index, name, fields }: DecodedEvent): string {
  const shown = SHOWN.flatMap((field) => {
    const value = fields[field];
    if (value === undefined) return [];
    return [`${field}=${field === "quote_mint" && value === DEFAULT_ADDRESS ? "SOL" : printable(String(value))}`];
  });
  return `${String(index).padStart(2)}  ${name.padEnd(24)}  ${shown.join("  ")}`;
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value !== "object" || value === null) return value === null ? "null" : `a ${typeof value}`;
  const result = "result" in value ? value.result : null;
  if ("result" in value && result === null) return "an empty answer";
  if (typeof result === "object" && result !== null && "value" in result) return "an account or another RPC answer";
  return `an object with ${printable(Object.keys(value).slice(0, 5).join(", "))}`;
}
