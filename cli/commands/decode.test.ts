import { existsSync } from "node:fs";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { encodeEvent, eventCpiData, eventLogLine } from "../../domain/solana/encode-events.ts";
import { PUMP_PROGRAM } from "../../domain/solana/programs.ts";
import { MAX_FILE_BYTES } from "../replay/json-files.ts";
import { decodeFiles, registerDecode } from "./decode.ts";

const FIXTURES = decodeURIComponent(new URL("../../../shared/fixtures/", import.meta.url).pathname);
const present = existsSync(FIXTURES);
if (!present) console.warn("SKIPPED: sniper decode on recorded files, ../shared/fixtures is missing");

const SIGNATURE = "5nNtjezQMYBHvgSQmoRmJPiXGsPAWmJPoGSa64xanqrauogiVzFyGQhKeFataHGXq51jR2hjbzNTkPUpP787HAmL";
const MINT = "ELJFma9JzJfLWbc2fBSXPMAExayXoTr2LUNJLbPpump";
const EVENT = encodeEvent("Create", { name: "x", symbol: "\u001b[2J\u202eevil", mint: MINT });

function recorded(payload: Uint8Array, err: unknown = null): unknown {
  return {
    slot: 7,
    blockTime: 1_700_000_000,
    transaction: {
      signatures: [SIGNATURE],
      message: { accountKeys: [MINT, PUMP_PROGRAM], instructions: [{ programIdIndex: 1, accounts: [], data: "" }] },
    },
    meta: {
      err,
      innerInstructions: [{ index: 0, instructions: [{ programIdIndex: 1, accounts: [], data: encodeBase58(eventCpiData(payload)) }] }],
      logMessages: [`Program ${PUMP_PROGRAM} invoke [1]`, eventLogLine(payload), `Program ${PUMP_PROGRAM} success`],
    },
  };
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "decode-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(contents: string | readonly string[], json = false): Promise<{ complete: boolean; out: string[]; err: string[] }> {
  const files = await Promise.all(
    [contents].flat().map(async (content, i) => {
      const file = join(folder, `${i}.json`);
      await writeFile(file, content);
      return file;
    }),
  );
  return runFiles(files, json);
}

async function runFiles(files: string[], json: boolean): Promise<{ complete: boolean; out: string[]; err: string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const complete = await decodeFiles(files, json, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { complete, out, err };
}

describe("sniper decode", () => {
  const text = JSON.stringify(recorded(EVENT));

  test("one JSON line per event, each event once, nothing that acts on a terminal", async () => {
    const { complete, out, err } = await run(text, true);
    expect([complete, err, out.length]).toEqual([true, [], 1]);
    expect(out[0]).not.toMatch(/[\u202e]/);
    expect(JSON.parse(out[0] ?? "")).toMatchObject({
      signature: SIGNATURE,
      slot: 7,
      index: 0,
      program: PUMP_PROGRAM,
      name: "Create",
      fields: { mint: MINT, symbol: "\u001b[2J\u202eevil", virtual_token_reserves: "0" },
    });
  });

  test.each([
    ["values one after another", `${text}\n${text},\n${text}`, 3],
    ["a list", `[${text},${text}]`, 2],
    ["JSON lines in envelopes", `{"jsonrpc":"2.0","id":1,"result":${text}}\n{"jsonrpc":"2.0","id":2,"result":${text}}`, 2],
    [
      "a block",
      JSON.stringify({
        jsonrpc: "2.0",
        method: "blockNotification",
        params: { result: { value: { slot: 9, block: { blockTime: 5, transactions: [recorded(EVENT)] } } } },
      }),
      1,
    ],
  ])("%s", async (_name, content, events) => {
    const { complete, out, err } = await run(content, true);
    expect([complete, err, out.length]).toEqual([true, [], events]);
  });

  test("the table names the transaction, its events and why it is no graduation", async () => {
    const { out } = await run(text);
    expect(out.join("\n")).toContain(SIGNATURE);
    expect(out.join("\n")).toContain("symbol=\\u001b[2J\\u202eevil");
    expect(out.join("\n")).toContain("TX_NOT_GRADUATION (holds Create)");
  });

  test.each([
    ["no transaction", '{"a":1}', /holds no transaction/],
    ["an empty file", "", /holds no transaction/],
    ["an empty answer", '{"jsonrpc":"2.0","id":1,"result":null}', /an empty answer, not a transaction/],
    ["an account", '{"jsonrpc":"2.0","result":{"context":{"slot":1},"value":null},"id":1}', /an account or another RPC answer/],
    ["broken JSON behind a transaction", `${JSON.stringify(recorded(EVENT))}\n{"cut":`, /value 2 \(line 2\): not JSON/],
    ["a damaged transaction", JSON.stringify({ transaction: { signatures: ["x"], message: {} }, meta: { err: null } }), /TX_MALFORMED/],
    ["a damaged event", JSON.stringify(recorded(EVENT.subarray(0, 30))), /cannot read its Create event/],
  ])("%s is named and fails", async (_name, content, message) => {
    const { complete, err } = await run(content, true);
    expect(complete).toBe(false);
    expect(err.join("\n")).toMatch(message);
  });

  test("a value that is no transaction is named beside one that is", async () => {
    const { complete, err } = await run(`{"a":1}\n${text}`, true);
    expect([complete, err.length]).toEqual([true, 1]);
    expect(err[0]).toContain("an object with a, not a transaction");
  });

  test("a missing file, a folder and a file above the limit are named; the others are still decoded", async () => {
    const large = join(folder, "large.json");
    await writeFile(large, "");
    await truncate(large, MAX_FILE_BYTES + 1);
    const good = join(folder, "good.json");
    await writeFile(good, text);
    const { complete, out, err } = await runFiles([join(folder, "none.json"), folder, large, good], true);
    expect([complete, out.length, err.length]).toEqual([false, 1, 3]);
    expect(err.join("\n")).toMatch(/no such file[\s\S]*larger than/);
  });

  test("unknown options and missing files are refused by the command", async () => {
    for (const args of [["decode", "--frobnicate", "x"], ["decode"]]) {
      const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
      registerDecode(program);
      for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => undefined });
      await expect(program.parseAsync(args, { from: "user" })).rejects.toThrow(CommanderError);
    }
  });
});

describe.skipIf(!present)("sniper decode on recorded files", () => {
  test("the graduation of 2025: four events, each once", async () => {
    const { complete, out } = await runFiles([`${FIXTURES}transactions/2025-pumpswap-create.json`], true);
    expect(complete).toBe(true);
    expect(out.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual([
      "migrate",
      "CreatePool",
      "CompletePumpAmmMigration",
      "Buy",
    ]);
  });

  test("files of many values and of none", async () => {
    const frames = await runFiles([`${FIXTURES}transactions/2024-raydium-transactions.json`], false);
    expect([frames.complete, frames.out.filter((line) => line.includes("no graduation")).length]).toEqual([true, 10]);
    const none = await runFiles([`${FIXTURES}transactions/raw_bonding_curve_from_getaccountinfo.json`], true);
    expect([none.complete, none.out]).toEqual([false, []]);
  });
});
