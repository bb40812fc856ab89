import { expect, test } from "vitest";
import { localSigner } from "../../../adapters/local-signer.ts";
import { createProviders } from "../../../adapters/rpc/providers.ts";
import { createSender } from "../../../adapters/rpc/sender.ts";
import { walletFromSecret } from "../../../adapters/wallet-key.ts";
import { createRng } from "../../../domain/random.ts";
import { SAMPLE_POLICY } from "../../../domain/signing/sample-messages.ts";
import { HELIUS_TIP_ACCOUNTS } from "../../../domain/signing/tip-accounts.ts";
import type { SignatureRecord, SignerPolicy, SignerPort } from "../../../domain/signing/types.ts";
import { associatedTokenAddress } from "../../../domain/solana/address.ts";
import { toHex } from "../../../domain/solana/bytes.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../../../domain/solana/programs.ts";
import { type Intent, isTerminal } from "../../../domain/trading/landing/intent.ts";
import { feedIntent } from "../../../domain/trading/landing/live-position.ts";
import type { Parameters } from "../../../domain/trading/parameters.ts";
import { isSettled } from "../../../domain/trading/position-state.ts";
import { PARAMETERS } from "../../../domain/trading/test-fixtures.ts";
import type { Address } from "../../../domain/units.ts";
import type { TransactionRecord } from "../../../localnet/chain/types.ts";
import type { TestCoin } from "../../../localnet/testing/coins.ts";
import { type Faults, NO_FAULTS } from "../../../localnet/testing/faults.ts";
import { createTestNode, type TestNode } from "../../../localnet/testing/node.ts";
import { type DeskParts, TestDesk, type TestPosition } from "./test-desk.ts";
import { testSecret } from "./test-wallet.ts";

const SEED = "landing-20261121";
const FUNDS = 200_000_000_000n;
/** Positions under way at once. */
const ABREAST = 16;
const SIZES = [20_000_000n, 100_000_000n, 400_000_000n];
/** Coins traded, each many times: making one costs more than trading it. */
const COINS = 60;
/** What goes wrong with sends and reads while the campaign runs. */
const STORM: Faults = {
  drop: 0.3,
  delay: 0.3,
  maxDelaySlots: 200,
  duplicate: 0.1,
  lostReply: 0.1,
  gatewayTimeout: 0.1,
  rateLimited: 0.1,
  unavailable: 0.05,
  readTimeout: 0.03,
  readRateLimited: 0.03,
  readUnavailable: 0.02,
  truncatedJson: 0.01,
  html: 0.01,
};
/** Budgets are the signer's own tests' business. */
const WIDE_POLICY: SignerPolicy = {
  ...SAMPLE_POLICY,
  entryHourLamports: FUNDS * 100n,
  entryDayLamports: FUNDS * 100n,
  entrySignaturesPerHour: 20_000,
  entrySignaturesPerDay: 20_000,
  exitHourLamports: FUNDS,
  exitDayLamports: FUNDS,
  exitSignaturesPerHour: 20_000,
  exitSignaturesPerDay: 20_000,
};
/** Low rungs, so that many positions are sold in parts. */
const SETTINGS: Parameters = {
  ...PARAMETERS,
  maxHoldMs: 60_000,
  maxEntryAttempts: 3,
  signalExpiryMs: 120_000,
  maxCostShareBps: 10_000,
  takeProfitLowBps: 600,
  takeProfitHighBps: 600,
  ladderRungs: 3,
  ladderShareBps: 4_000,
  ladderStepBps: 300,
  takeProfitConfirmMs: 800,
};
const MAX_SLOTS = 60_000;
/** Slots for which nothing that was sent lands: longer than a blockhash lives. */
const BLACKOUT_SLOTS = 190;
const BLACKOUT_EVERY_SLOTS = 900;

interface Campaign {
  readonly desk: TestDesk;
  readonly node: TestNode;
  readonly wallet: Address;
  readonly signatures: readonly SignatureRecord[];
  /** Everything of the wallet that a block holds, failed transactions too. */
  readonly landed: readonly TransactionRecord[];
  readonly scam: ReadonlyArray<{ readonly account: Address; readonly data: string }>;
  readonly slots: number;
}

/** Trades coins in a storm until `intents` intents were made, then lets everything settle in calm. */
async function campaign(seed: string, intents: number, variant: Partial<DeskParts> = {}): Promise<Campaign> {
  const rng = createRng(`${seed}/campaign`);
  const records: TransactionRecord[] = [];
  const node = createTestNode({ seed, faults: STORM, onRecord: (record) => void records.push(record) });
  const secretKey = testSecret(seed);
  const held = await walletFromSecret(secretKey);
  if (!held.ok) throw new Error(held.reason);
  const wallet = held.value.address;
  node.fund(wallet, FUNDS);
  for (const account of HELIUS_TIP_ACCOUNTS) node.fund(account, 1_000_000_000n);
  const scam = [node.airdropToken(wallet), node.airdropToken(wallet)].map(({ account }) => ({ account, data: dataOf(node, account) }));
  const urls = ["http://node.test/rpc", "http://node.test/rpc2"];
  const providers = createProviders({ urls, genesis: null, fetch: node.fetch, now: node.now });
  const signer = localSigner({ secretKey, policy: WIDE_POLICY, nowMs: node.now });
  const desk = new TestDesk({
    rpc: providers.rpc,
    providers: providers.all,
    sender: createSender({ url: "http://node.test/sender", fetch: node.fetch }),
    signer,
    wallet: { address: wallet, tipAccounts: HELIUS_TIP_ACCOUNTS },
    now: node.now,
    crashes: { rng: rng.fork("crashes"), share: 0.01 },
    ...variant,
  });
  const coins = new Map<TestPosition, TestCoin>();
  const known: TestCoin[] = [];
  /** A new coin, until there are enough of them; then one that nobody holds at the moment. */
  const freeCoin = (open: readonly TestPosition[]): TestCoin => {
    const free = known.filter((coin) => !open.some((position) => coins.get(position) === coin));
    const old = known.length < COINS ? undefined : free[rng.int(free.length)];
    if (old !== undefined) return old;
    const coin = node.addCoin({ kind: (["normal", "classic", "cashback"] as const)[rng.int(3)] ?? "normal" });
    known.push(coin);
    return coin;
  };
  let made = 0;
  let blackoutUntil = -1;
  let slots = 0;
  for (; !(made >= intents && desk.isSettled()); slots++) {
    if (slots > MAX_SLOTS) throw new Error(`not settled after ${slots} slots: ${unsettled(desk)}`);
    const open = desk.positions.filter(({ live }) => !isSettled(live.position));
    if (made < intents) {
      if (open.length < ABREAST) {
        const coin = freeCoin(open);
        const position = await desk.open(coin, SIZES[rng.int(SIZES.length)] ?? 0n, SETTINGS);
        if (position !== null) coins.set(position, coin);
      }
      if (slots % BLACKOUT_EVERY_SLOTS === BLACKOUT_EVERY_SLOTS / 3) {
        blackoutUntil = slots + BLACKOUT_SLOTS;
        node.setFaults({ drop: 1, duplicate: 0 });
      } else if (slots === blackoutUntil) node.setFaults(STORM);
      // One provider at a time lags or hides what landed: with both of them lying nobody can know.
      if (rng.next() < 1 / 150) {
        const liar = rng.int(2) === 0 ? 1 : 2;
        node.setProvider(liar, { lagSlots: rng.int(150), hidesTransactions: rng.int(2) === 0 });
        node.setProvider(liar === 1 ? 2 : 1, {});
      } else if (rng.next() < 1 / 100) for (const provider of [1, 2] as const) node.setProvider(provider, {});
    } else {
      node.setFaults(NO_FAULTS);
      for (const provider of [1, 2] as const) node.setProvider(provider, {});
    }
    for (const position of open) {
      const coin = coins.get(position);
      const draw = rng.next();
      if (draw < 0.004) position.feed({ type: "close", nowMs: node.now() });
      else if (draw < 0.005) position.feed({ type: "cancel-entry", nowMs: node.now() });
      else if (draw < 0.02 && coin !== undefined) node.trade(coin, { side: "buy", amount: BigInt(1 + rng.int(20)) * 1_000_000_000n });
      else if (draw < 0.03 && coin !== undefined) node.trade(coin, { side: "sell", amount: BigInt(1 + rng.int(20)) * 1_000_000_000_000n });
    }
    await desk.run();
    node.tick();
    made = desk.positions.reduce((sum, { intents: own }) => sum + own.size, 0);
  }
  // Whatever is still on its way lands now, or never.
  node.tick(BLACKOUT_SLOTS * 2);
  const history = await signatureJournal(signer);
  const landed = records.filter(({ transaction }) => transaction.accountKeys[0] === wallet);
  return { desk, node, wallet, signatures: history, landed, scam, slots };
}

/** What the chain says against the books; empty when both agree to the lamport. */
function violations({ desk, node, wallet, signatures, landed, scam }: Campaign): string[] {
  const found: string[] = [];
  const intents = desk.positions.flatMap((position) => [...position.intents.values()]);
  const bySignature = new Map(intents.filter(({ signature }) => signature !== null).map((intent) => [intent.signature, intent]));
  for (const intent of intents) if (!isTerminal(intent)) found.push(`${intent.id} never ended`);
  const signed = new Map<string, string>();
  for (const { signature, intentId } of signatures) {
    if (signature === null) continue;
    if ((signed.get(intentId) ?? signature) !== signature) found.push(`${intentId} was signed twice`);
    signed.set(intentId, signature);
  }
  const onChain = new Map<string, TransactionRecord>();
  for (const record of landed) {
    const signature = record.transaction.signatures[0] ?? "";
    if (onChain.has(signature)) found.push(`${signature} landed twice`);
    onChain.set(signature, record);
    const intent = bySignature.get(signature);
    if (intent === undefined) found.push(`${signature} landed and no intent knows it`);
    else if (record.err === null && intent.status !== "landed") found.push(`${intent.id} landed and is ${intent.status} in the books`);
    else if (record.err !== null && intent.reason !== "TX_REVERTED")
      found.push(`${intent.id} reverted and is ${intent.status} in the books`);
  }
  for (const intent of intents) {
    if (intent.status === "landed" && !onChain.has(intent.signature ?? "")) found.push(`${intent.id} is booked and not on chain`);
  }
  for (const { live, intents: own } of desk.positions) {
    const { positionId, signal } = live.position.plan;
    const count = (side: "buy" | "sell") =>
      [...own.values()].filter((intent) => intent.side === side && onChain.get(intent.signature ?? "")?.err === null).length;
    if (count("buy") > 1) found.push(`${positionId} bought ${count("buy")} times`);
    const { sales, status } = live.position;
    if (count("sell") !== sales) found.push(`${positionId} sold ${count("sell")} times, ${sales} by its books`);
    if (count("buy") !== (status === "closed" ? 1 : 0)) found.push(`${positionId} is ${status} and bought ${count("buy")} times`);
    if (status === "closed" && sales === 0) found.push(`${positionId} is closed and sold nothing`);
    for (const program of [TOKEN_PROGRAM, TOKEN_2022_PROGRAM]) {
      if (node.chain.account(associatedTokenAddress(wallet, signal.mint, program)) !== null)
        found.push(`${positionId} left an account behind`);
    }
  }
  const booked = desk.positions.reduce((sum, { live }) => sum + live.position.proceedsLamports - live.position.costLamports, FUNDS);
  const held = node.chain.account(wallet)?.lamports ?? 0n;
  if (booked !== held) found.push(`the books hold ${booked} lamports, the wallet ${held}`);
  if (node.chain.account(associatedTokenAddress(wallet, WSOL_MINT, TOKEN_PROGRAM)) !== null) found.push("a wrapped-SOL account is left");
  for (const { account, data } of scam) if (dataOf(node, account) !== data) found.push(`the strange token in ${account} was touched`);
  for (const one of desk.observations)
    if (one.kind === "prediction" && !one.agreed) found.push(`prediction of ${one.intentId}: ${one.detail}`);
  return found;
}

function summary({ desk, landed, slots }: Campaign): string {
  const intents = desk.positions.flatMap((position) => [...position.intents.values()]);
  const of = (holds: (intent: Intent) => boolean) => intents.filter(holds).length;
  const by = (key: (intent: Intent) => string | null) => {
    const counts = new Map<string, number>();
    for (const intent of intents) counts.set(key(intent) ?? "none", (counts.get(key(intent) ?? "none") ?? 0) + 1);
    return [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
  };
  return [
    `${desk.positions.filter(({ live }) => live.position.sales > 1).length} positions sold in parts`,
    `seed ${SEED}: ${intents.length} intents of ${desk.positions.length} positions in ${slots} slots, ${of(({ side }) => side === "buy")} buys, ${of(({ side }) => side === "sell")} sells`,
    `ended: ${by(({ status }) => status)}; reasons: ${by(({ reason }) => reason)}`,
    `${landed.length} transactions in blocks (${landed.filter(({ err }) => err !== null).length} failed there), ${intents.reduce((sum, { sends }) => sum + sends, 0)} sends, ${desk.crashes} crashes in ${desk.steps} steps`,
  ].join("\n");
}

function unsettled(desk: TestDesk): string {
  const left = desk.positions.filter(({ live }) => !isSettled(live.position));
  return JSON.stringify(
    left.map(({ live }) => [live.position.status, live.intent?.id, live.intent?.status, live.intent?.reason, live.intent?.detail]),
  );
}

async function signatureJournal(signer: SignerPort): Promise<SignatureRecord[]> {
  const all: SignatureRecord[] = [];
  for (;;) {
    const page = await signer.history(all.at(-1)?.seq ?? 0);
    if (!page.ok) throw new Error(page.reason);
    if (page.value.length === 0) return all;
    all.push(...page.value);
  }
}

function dataOf(node: TestNode, address: Address): string {
  return toHex(node.chain.account(address)?.data ?? new Uint8Array());
}

test("1,000 intents through drops, delays past expiry, lost replies and crashes: the chain and the books agree to the lamport", async () => {
  const run = await campaign(SEED, 1_000);
  console.log(summary(run));
  expect(violations(run)).toEqual([]);
  const intents = run.desk.positions.flatMap((position) => [...position.intents.values()]);
  expect(intents.length).toBeGreaterThanOrEqual(1_000);
  // A campaign in which nothing goes wrong proves nothing.
  const statuses = new Set(intents.map(({ status }) => status));
  expect([...statuses].sort()).toEqual(["expired", "failed", "landed"]);
  expect(run.desk.crashes).toBeGreaterThan(100);
}, 180_000);

test("the checks bite: an engine that signs anew when a send is not answered loses transactions that they find", async () => {
  const run = await campaign(`${SEED}/control`, 60, {
    crashes: null,
    feedIntent: (live, event) => {
      if (event.type !== "send-answered" || event.accepted || live.intent === null) return feedIntent(live, event);
      const first = feedIntent(live, { type: "absent", nowMs: event.nowMs - 10_000 });
      const second = feedIntent(first.live, { type: "absent", nowMs: event.nowMs });
      return { live: second.live, effects: [...first.effects, ...second.effects] };
    },
  });
  const found = violations(run);
  console.log(`control: ${found.length} violations, such as: ${found[0]}`);
  expect(found.some((text) => text.includes("landed and is expired in the books"))).toBe(true);
  expect(found.some((text) => text.startsWith("the books hold"))).toBe(true);
}, 60_000);
