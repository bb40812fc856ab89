import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { SYSTEM_PROGRAM } from "../../domain/solana/programs.ts";
import { seededBytes } from "../chain/bytes.ts";
import { labelAddress } from "../chain/fixture.ts";
import { transferInstruction } from "../chain/programs/system.ts";
import { compileTransaction } from "../chain/transaction.ts";
import { createHistory } from "./history.ts";
import { createLocalnet, type Localnet } from "./localnet.ts";
import { lockState } from "./state-lock.ts";
import { openStore, type Store } from "./store.ts";

const OPEN_MS = 1_795_000_000_000;
const dirs: string[] = [];

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "localnet-"));
  dirs.push(dir);
  return dir;
}

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** A localnet on a store, as run.ts wires it. */
function start(dir: string): { localnet: Localnet; store: Store } {
  const store = openStore(dir, { seed: "store", mix: "demo" });
  const loaded = store.load();
  if (!loaded.ok) throw new Error(loaded.detail);
  const history = createHistory();
  for (const { packed } of loaded.value?.frames ?? []) history.restore(packed);
  const localnet: Localnet = createLocalnet({
    seed: "store",
    mix: "demo",
    speed: 1,
    history,
    ...(loaded.value === null ? {} : { kept: loaded.value.state }),
    onRecord: (_, packed) => store.append({ tick: localnet.market.tick(), clock: localnet.chain.clock(), packed }),
    onExternal: (input) => store.appendInput(input),
  });
  for (const { clock, input } of loaded.value?.later ?? []) localnet.replay(clock, input);
  return { localnet, store };
}

/** A stranger with money sends a lamport; the market must take it along. */
function sendExternal(localnet: Localnet, serial: number): string {
  const stranger = labelAddress("stranger");
  const signature = encodeBase58(seededBytes(`external/${serial}`, 64));
  const instruction = transferInstruction(stranger, labelAddress("friend"), 1_000_000n);
  const { blockhash } = localnet.chain.latestBlockhash();
  const outcome = localnet.execute(compileTransaction(stranger, [instruction], blockhash, [signature]));
  expect(outcome.refused).toBeNull();
  return signature;
}

function endow(localnet: Localnet): void {
  localnet.chain.plant(labelAddress("stranger"), {
    owner: SYSTEM_PROGRAM,
    lamports: 10_000_000_000n,
    data: new Uint8Array(0),
    executable: false,
  });
}

function fingerprint({ market, chain, history }: Localnet): unknown {
  const pools = market.live().map(({ coin }) => Buffer.from(chain.account(coin.poolQuote)?.data ?? []).toString("hex"));
  return {
    tick: market.tick(),
    log: market.eventLog(),
    pools,
    transactions: history.size(),
    friend: chain.account(labelAddress("friend"))?.lamports,
  };
}

describe("a kept market", () => {
  test("goes on as if it had never stopped, after an orderly stop and after a kill", async () => {
    const plain = start(folder());
    plain.localnet.open(OPEN_MS);
    endow(plain.localnet);
    plain.localnet.advance(OPEN_MS + 6_000);
    sendExternal(plain.localnet, 0);
    plain.localnet.advance(OPEN_MS + 12_000);
    sendExternal(plain.localnet, 1);
    plain.localnet.advance(OPEN_MS + 16_000);

    const dir = folder();
    const first = start(dir);
    first.localnet.open(OPEN_MS);
    endow(first.localnet);
    first.localnet.advance(OPEN_MS + 6_000);
    sendExternal(first.localnet, 0);
    first.store.saveNow(first.localnet.state());
    first.store.close();

    // Down for an hour: the market was frozen.
    const second = start(dir);
    second.localnet.open(OPEN_MS + 3_600_000);
    second.localnet.advance(OPEN_MS + 3_603_000);
    await second.store.save(second.localnet.state());
    second.localnet.advance(OPEN_MS + 3_606_000);
    const signature = sendExternal(second.localnet, 1);
    second.localnet.advance(OPEN_MS + 3_608_000);
    const killed = fingerprint(second.localnet);
    const slot = second.localnet.chain.clock().slot;
    const seen = second.localnet.history.get(signature);
    second.store.close();

    const third = start(dir);
    expect(fingerprint(third.localnet)).toEqual(killed);
    expect(third.localnet.history.get(signature)).toEqual(seen);
    third.localnet.open(OPEN_MS + 7_200_000);
    expect(third.localnet.chain.clock().slot).toBeGreaterThanOrEqual(slot);
    third.localnet.advance(OPEN_MS + 7_202_000);
    expect(fingerprint(third.localnet)).toEqual(fingerprint(plain.localnet));
    third.store.close();
    plain.store.close();
  }, 30_000);

  test("is refused for another seed, and when its snapshot is damaged", () => {
    const dir = folder();
    const { localnet, store } = start(dir);
    localnet.open(OPEN_MS);
    store.saveNow(localnet.state());
    store.close();
    expect(openStore(dir, { seed: "other", mix: "demo" }).load()).toMatchObject({ ok: false, reason: "STATE_MISMATCH" });
    writeFileSync(join(dir, "snapshot.bin"), "garbage");
    expect(openStore(dir, { seed: "store", mix: "demo" }).load()).toMatchObject({ ok: false, reason: "STATE_UNREADABLE" });
  });

  test("takes over the lock of a dead process", () => {
    const dir = folder();
    writeFileSync(join(dir, "lock"), "999999999");
    const taken = lockState(dir);
    expect(taken.ok).toBe(true);
    if (taken.ok) taken.value.release();
    expect(lockState(dir).ok).toBe(true);
  });
});
