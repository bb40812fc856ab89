import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { windowKey, windowOf } from "../adapters/r2/raw-tables.ts";
import { canonicalJson } from "../domain/journal/canonical-json.ts";
import { appendEntries, GENESIS } from "../domain/journal/chain.ts";
import type { JournalEntry, StoredEntry } from "../domain/journal/entry.ts";
import { sampleDecision, sampleEquity, sampleFill, sampleIntent, sampleOrder, samplePosition } from "../domain/journal/sample-entries.ts";
import { runCli } from "./main.ts";

const BASE = 205;
const COMMON = appendEntries(
  GENESIS,
  Array.from({ length: BASE }, (_, i) => sampleDecision(`d${i + 1}`)),
);
const LIVE = { ledger: "live-A", isDryRun: false } as const;
const POSITION = "live-A-7UVimPp1-0badcafe";
const BRANCH: readonly JournalEntry[] = [
  sampleDecision("x", { stage: "trade" }),
  sampleOrder(`${POSITION}:buy:1`, { ...LIVE, positionId: POSITION }),
  sampleIntent(`${POSITION}:buy:1`, { positionId: POSITION, status: "sent", signature: "5sig" }),
  sampleFill("f9", { ...LIVE, positionId: POSITION, side: "buy", baseAmount: "700", quoteLamports: "50000000" }),
  samplePosition(POSITION, { ...LIVE, id: "pos:9", status: "open", symbol: "CAT\u202E", baseAmount: "700", costLamports: "50625000" }),
  sampleDecision("both"),
];
const OWN: readonly JournalEntry[] = [sampleDecision("both"), ...[1, 2, 3].map((n) => sampleEquity(`equity:live-A:${n}`))];

/** The journal and its archive, as the API shows them. */
class Instance {
  own: StoredEntry[] = chained(COMMON, OWN);
  archived: StoredEntry[] = chained(COMMON, BRANCH);
  droppedSeq = 0;
  mend: object | null = null;
  /** What each call of a step is answered. */
  steps: object[] = [];
  readonly mends: unknown[] = [];

  answer(method: string, path: string, query: URLSearchParams, body: string): object | string | null {
    const number = (name: string): number => Number(query.get(name));
    if (path === "/journal/state") return this.#state();
    if (path === "/journal/segments") return { files: this.#files().map(({ file }) => file), next: null };
    if (path.startsWith("/journal/segments/")) return this.#files().find(({ file }) => path.endsWith(file.key))?.text ?? null;
    if (path === "/journal/entries") return textOf(this.own.slice(number("after"), number("after") + 200));
    if (path === "/journal/hashes") {
      return { items: this.own.slice(number("from") - 1, number("to")).map(({ seq, hash }) => ({ seq, hash })) };
    }
    if (method === "POST" && path === "/journal/mend") {
      this.mends.push(JSON.parse(body));
      return this.steps.shift() ?? null;
    }
    return null;
  }

  #state() {
    const head = this.own.at(-1) ?? GENESIS;
    const far = { executorSeq: BASE, publishedSeq: BASE, archivedSeq: BASE, droppedSeq: this.droppedSeq };
    return { seq: head.seq, hash: head.hash, state: "forked", ...far, unarchivedSinceMs: null, hold: null, gone: null, mend: this.mend };
  }

  #files() {
    const windows = new Map<number, StoredEntry[]>();
    for (const link of this.archived) windows.set(windowOf(link.seq).from, [...(windows.get(windowOf(link.seq).from) ?? []), link]);
    return [...windows].map(([from, links]) => {
      const file = { key: windowKey("", windowOf(from), 0, "jsonl"), ...windowOf(from), part: 0, bytes: 1 };
      return { file, text: textOf(links) };
    });
  }
}

function chained(common: readonly StoredEntry[], entries: readonly JournalEntry[]): StoredEntry[] {
  return [...common, ...appendEntries(common.at(-1) ?? GENESIS, entries)];
}

function textOf(links: readonly StoredEntry[]): string {
  return links.map((link) => `${canonicalJson(link)}\n`).join("");
}

const dir = mkdtempSync(join(tmpdir(), "sniper-cli-mend-"));
let instance = new Instance();
let tokens: Array<string | undefined> = [];
let server: Server;
let url = "";

beforeAll(async () => {
  writeFileSync(join(dir, "secrets.json"), JSON.stringify({ operatorToken: "t0ken" }));
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      tokens.push(request.headers.authorization);
      const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
      const answer = instance.answer(request.method ?? "", pathname.replace("/api/v1", ""), searchParams, body);
      response.writeHead(answer === null ? 409 : 200, { "content-type": "application/json" });
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer ?? { title: "refused" }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  instance = new Instance();
  tokens = [];
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

async function mend(...argv: string[]): Promise<{ out: string; err: string; code: number }> {
  const out: string[] = [];
  const err: string[] = [];
  const codes: number[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line), fail: (code: number) => codes.push(code) };
  await runCli(["journal", "mend", ...argv, "--state", dir, "--url", url], io);
  return { out: out.join("\n"), err: err.join("\n"), code: codes.at(-1) ?? 0 };
}

const FORK = { forkSeq: BASE + 1, forkHash: chained(COMMON, BRANCH)[BASE]?.hash ?? "" };
const CONFIRMATION = `set aside 6 from ${BASE + 1} ${FORK.forkHash.slice(0, 8)}`;
const DONE = { isBusy: false, isDone: true, state: "open", files: 1, isDatabaseForeign: true };

describe("sniper journal mend", () => {
  test("says what is where and changes nothing", async () => {
    const { out, err, code } = await mend();
    expect({ err, code }).toEqual({ err: "", code: 0 });
    for (const part of [
      `the archive parts from the journal at entry 206 (branch ${FORK.forkHash.slice(0, 8)})`,
      /journal\s+4\s+209 .*equity 3, decision 1/,
      /archive\s+6\s+211 .*decision 2, fill 1, intent 1, order 1, position 1/,
      "THE ARCHIVE'S BRANCH IS THE LONGER ONE",
      "only the archive's branch has 5 entries",
      new RegExp(`${POSITION}\\s+live-A\\s+open\\s+CAT\\s+\\S+\\s+700\\s+0.0506`),
      new RegExp(`${POSITION}:buy:1\\s+live-A\\s+sent\\s+5sig`),
      new RegExp(`${POSITION}\\s+live-A\\s+buy\\s+700\\s+0.0500`),
      "moves 1 file to journal-forked/v1/, and halts live-A",
      "nothing was changed",
    ]) {
      expect(out).toMatch(part);
    }
    expect(out).not.toContain("LOST");
    expect(instance.mends).toEqual([]);
    expect(new Set(tokens)).toEqual(new Set(["Bearer t0ken"]));
    expect(JSON.parse((await mend("--json")).out)).toMatchObject({ plan: { ...FORK, files: 1, lost: null, confirmation: CONFIRMATION } });
    expect((await mend("--dry-run", "--apply", "--note", "x", "--confirm", CONFIRMATION)).out).toContain("nothing was changed");
    expect(instance.mends).toEqual([]);
  });

  test.each([
    ["without a reason", ["--confirm", CONFIRMATION], "--note"],
    ["without a person", ["--note", "restored"], `--confirm "${CONFIRMATION}"`],
    ["with another text", ["--note", "restored", "--confirm", "yes"], "differs"],
  ])("%s nothing is changed", async (_name, argv, said) => {
    const { err, code } = await mend("--apply", ...argv);
    expect({ err, code }).toMatchObject({ code: 1, err: expect.stringContaining(said) });
    expect(instance.mends).toEqual([]);
  });

  test("with the text it repeats the step until it is done, and says what comes next", async () => {
    instance.steps = [
      { ...DONE, isDone: false, state: "forked", isDatabaseForeign: null, files: 5 },
      { ...DONE, files: 6 },
    ];
    const { out, code } = await mend("--apply", "--note", "restored", "--confirm", CONFIRMATION);
    expect(code).toBe(0);
    expect(instance.mends).toEqual([
      { ...FORK, note: "restored" },
      { ...FORK, note: "restored" },
    ]);
    for (const part of ["5 files set aside", "6 files set aside, the journal takes entries again", "sniper journal rebuild", "HALTED"]) {
      expect(out).toContain(part);
    }
  });

  test("a D1 that holds nothing of the branch needs no rebuild; a refusal is the command's failure", async () => {
    instance.steps = [{ ...DONE, isDatabaseForeign: false }];
    const argv = ["--apply", "--note", "restored", "--confirm", CONFIRMATION];
    expect((await mend(...argv)).out).not.toContain("rebuild");
    expect(await mend(...argv)).toMatchObject({ code: 1, err: expect.stringContaining("refused") });
    instance.steps = [{ ...DONE, state: "behind" }];
    expect(await mend(...argv)).toMatchObject({ code: 1, err: expect.stringContaining("sniper journal recover") });
  });

  test("a mend that was begun is gone on with, under its own note", async () => {
    instance.mend = { ...FORK, author: "operator", note: "first", startedAtMs: 0, files: 2, entries: 9 };
    instance.steps = [DONE];
    const { out } = await mend();
    expect(out).toContain("begun by operator on 1970-01-01 00:00:00: first");
    const confirmation = `finish from ${FORK.forkSeq} ${FORK.forkHash.slice(0, 8)}`;
    expect(await mend("--apply", "--confirm", confirmation)).toMatchObject({ code: 0 });
    expect(instance.mends).toEqual([{ ...FORK, note: "first" }]);
  });

  test("what is no fork is refused", async () => {
    instance.archived = chained(COMMON, OWN);
    expect(await mend()).toMatchObject({ code: 1, err: expect.stringContaining("nothing to mend") });
    instance.archived = [...chained(COMMON, OWN), ...appendEntries(instance.own.at(-1) ?? GENESIS, [sampleDecision("later")])];
    expect(await mend()).toMatchObject({ code: 1, err: expect.stringContaining("JOURNAL_BEHIND") });
  });

  test("entries that the journal has dropped and the archive does not have are told as lost", async () => {
    instance.droppedSeq = BASE + 3;
    expect((await mend()).out).toContain(`LOST: the journal has dropped its entries 201 to ${BASE + 3}`);
  });
});
