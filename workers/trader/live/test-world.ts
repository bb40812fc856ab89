import { localSigner } from "../../../adapters/local-signer.ts";
import { createProviders } from "../../../adapters/rpc/providers.ts";
import { createSender } from "../../../adapters/rpc/sender.ts";
import { walletFromSecret } from "../../../adapters/wallet-key.ts";
import { SAMPLE_POLICY } from "../../../domain/signing/sample-messages.ts";
import { associatedTokenAddress } from "../../../domain/solana/address.ts";
import { TOKEN_2022_PROGRAM } from "../../../domain/solana/programs.ts";
import { encodeTokenAccount, plainTokenAccount } from "../../../domain/solana/token.ts";
import { PARAMETERS } from "../../../domain/trading/test-fixtures.ts";
import type { Address } from "../../../domain/units.ts";
// biome-ignore lint/style/noRestrictedImports: what tests share
import type { TestCoin } from "../../../localnet/testing/coins.ts";
// biome-ignore lint/style/noRestrictedImports: what tests share
import { createTestNode, type TestNode } from "../../../localnet/testing/node.ts";
import { TestDesk, type TestPosition } from "./test-desk.ts";
import { testSecret } from "./test-wallet.ts";

export const SIZE = 100_000_000n;
export const FUNDS = 5_000_000_000n;
/** With it an entry ends that is given up between two attempts: the signer was asked, and had signed nothing more. */
export const LAST_QUESTION = { status: "failed", reason: "ENTRY_ABANDONED", signature: null, sends: 0 };

/** A chain with two providers over it, a funded wallet, and a desk that trades with it. */
export async function world(seed: string, withSender = false) {
  const node = createTestNode({ seed });
  const secretKey = testSecret(seed);
  const wallet = await walletFromSecret(secretKey);
  if (!wallet.ok) throw new Error(wallet.reason);
  const { address } = wallet.value;
  node.fund(address, FUNDS);
  for (const tipAccount of SAMPLE_POLICY.tipAccounts) node.fund(tipAccount, 1_000_000_000n);
  const providers = createProviders({
    urls: ["http://node.test/rpc", "http://node.test/rpc2"],
    genesis: null,
    fetch: node.fetch,
    now: node.now,
  });
  const desk = new TestDesk({
    rpc: providers.rpc,
    providers: providers.all,
    sender: withSender ? createSender({ url: "http://node.test/sender", fetch: node.fetch }) : null,
    signer: localSigner({ secretKey, policy: SAMPLE_POLICY, nowMs: node.now }),
    wallet: { address, tipAccounts: SAMPLE_POLICY.tipAccounts },
    now: node.now,
    crashes: null,
  });
  return { node, desk, address, lamports: () => node.chain.account(address)?.lamports ?? 0n };
}

export async function runUntil(node: TestNode, desk: TestDesk, holds: () => boolean, maxTicks = 400): Promise<void> {
  for (let i = 0; i < maxTicks && !holds(); i++) {
    await desk.run();
    node.tick();
  }
  if (!holds())
    throw new Error(
      `waited in vain; ${JSON.stringify(desk.positions.map(({ live }) => [live.position.status, live.intent?.status, live.intent?.reason, live.intent?.detail]))}`,
    );
}

/** A position that buys a coin which is still on its curve. */
export async function curvePosition(node: TestNode, desk: TestDesk): Promise<TestPosition> {
  const coin = node.addCoin({ stage: "curve" });
  const graduated = await desk.open(node.addCoin(), SIZE, PARAMETERS);
  if (graduated === null) throw new Error("not opened");
  const { plan } = graduated.live.position;
  desk.positions.length = 0;
  const signal = { ...plan.signal, mint: coin.mint, pool: coin.pool };
  const keys = { ...plan.keys, mint: coin.mint, pool: coin.pool };
  return desk.host({ ...plan, positionId: "live-A-curve", signal, keys, minBaseOut: 1n });
}

/** The pool cannot be read, so no mark comes: a mark decides to sell. */
export function sellOnCurve(node: TestNode, position: TestPosition): void {
  position.feed({ type: "close", nowMs: node.now() });
  const fees = { lpBps: 0n, protocolBps: 0n, creatorBps: 0n };
  const market = { baseReserves: 1_000_000n, quoteReservesLamports: 1_000_000n, fees, slot: node.slot(), atMs: node.now() };
  position.feed({ type: "market", nowMs: node.now(), market });
}

export async function openPosition(node: TestNode, desk: TestDesk): Promise<{ position: TestPosition; coin: TestCoin }> {
  const coin = node.addCoin();
  const position = await desk.open(coin, SIZE, PARAMETERS);
  if (position === null) throw new Error("not opened");
  await runUntil(node, desk, () => position.live.position.status === "open");
  return { position, coin };
}

/** Writes the wallet's account of a coin, as if somebody had sent tokens. */
export function plantTokens(node: TestNode, coin: TestCoin, owner: Address, amount: bigint, like?: Address): void {
  const account = associatedTokenAddress(owner, coin.mint, coin.tokenProgram);
  const template = node.chain.account(account) ?? node.chain.account(like ?? account);
  if (template === null) throw new Error("no account to copy");
  const data = encodeTokenAccount(plainTokenAccount(coin.mint, owner, amount, coin.tokenProgram === TOKEN_2022_PROGRAM));
  node.chain.plant(account, { ...template, owner: coin.tokenProgram, data });
}
