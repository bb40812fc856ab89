import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ed25519 } from "@noble/curves/ed25519.js";
import type { Instruction as KitInstruction } from "@solana/kit";
import { addressFromBytes } from "../../domain/solana/address.ts";
import { encodeBase58 } from "../../domain/solana/base58.ts";
import { encodeBase64 } from "../../domain/solana/base64.ts";
import { compileMessage, wireTransaction } from "../../domain/solana/build-message.ts";
import { PUMP_SWAP_GLOBAL_CONFIG, SYSTEM_PROGRAM } from "../../domain/solana/programs.ts";
import type { Address, Signature } from "../../domain/units.ts";
import { curveFeeRecipients, decodePumpGlobal, decodePumpSwapGlobalConfig, poolFeeRecipients } from "../../domain/venues/global.ts";
import { seededBytes } from "../chain/bytes.ts";
import { createChain } from "../chain/chain.ts";
import { labelAddress } from "../chain/fixture.ts";
import { genesisAccounts, wrappedSolAccount } from "../chain/genesis.ts";
import type { AccountMap } from "../chain/overlay.ts";
import type { TransactionRecord } from "../chain/types.ts";
import { createTestNode, NODE_START, type TestNode } from "../testing/node.ts";
import { createSvmChain } from "./chain.ts";

/** Folder with the real programs; empty when the environment names none. */
export const PROGRAMS_DIR = process.env["PROGRAMS_DIR"] ?? "";
/** Byte of PumpSwap's GlobalConfig that says whether new pools are boosted. */
const BOOST_ENABLED_OFFSET = 939;

/** Without the programs their tests are skipped; `announce.ts` says so. */
export const IS_WITHOUT_PROGRAMS = PROGRAMS_DIR === "";

/** Our genesis without boost: programs dumped before 2026-07 know none, and the two engines must agree. */
export function unboostedGenesis(): AccountMap {
  const accounts = genesisAccounts();
  const config = accounts.get(PUMP_SWAP_GLOBAL_CONFIG);
  if (config === undefined) throw new Error("genesis has no GlobalConfig");
  const data = Uint8Array.from(config.data);
  data[BOOST_ENABLED_OFFSET] = 0;
  accounts.set(PUMP_SWAP_GLOBAL_CONFIG, { ...config, data });
  return accounts;
}

/** Mainnet's configuration accounts of the programs' own month, where the recordings lie beside the checkout. */
const RECORDED_ACCOUNTS = join(import.meta.dirname, "../../../shared/fixtures/accounts/pump-accounts-2026-06.json");

interface RecordedAccount {
  readonly address: Address;
  readonly owner: Address;
  readonly lamports: number;
  readonly dataBase64: string;
}

/** Our genesis with mainnet's configuration in place of ours; null when the recordings are not there. */
export function recordedGenesis(): AccountMap | null {
  if (!existsSync(RECORDED_ACCOUNTS)) return null;
  const accounts = unboostedGenesis();
  const recorded = JSON.parse(readFileSync(RECORDED_ACCOUNTS, "utf8")) as readonly RecordedAccount[];
  for (const { address, owner, lamports, dataBase64 } of recorded) {
    const data = Uint8Array.from(Buffer.from(dataBase64, "base64"));
    accounts.set(address, { owner, lamports: BigInt(lamports), data, executable: false });
    const global = decodePumpGlobal(data);
    const config = decodePumpSwapGlobalConfig(data);
    const recipients = [
      ...(global.ok ? [...curveFeeRecipients(global.value, false), ...global.value.buybackFeeRecipients] : []),
      ...(config.ok ? [...poolFeeRecipients(config.value, false), ...config.value.buybackFeeRecipients] : []),
    ];
    for (const recipient of recipients) plantRecipient(accounts, recipient);
  }
  return accounts;
}

/** A fee recipient that exists: otherwise whoever trades first would pay for its accounts. */
function plantRecipient(accounts: AccountMap, recipient: Address): void {
  if (accounts.has(recipient)) return;
  accounts.set(recipient, { owner: SYSTEM_PROGRAM, lamports: 1_000_000_000n, data: new Uint8Array(0), executable: false });
  const wrapped = wrappedSolAccount(recipient, 1_000_000_000n);
  accounts.set(wrapped.address, wrapped.account);
}

/** A node over the real programs. */
export function svmNode(seed: string, accounts = unboostedGenesis()): TestNode {
  const chain = createSvmChain({ seed, clock: NODE_START, programsDir: PROGRAMS_DIR, accounts });
  return createTestNode({ seed, chain });
}

/** A node over the TypeScript programs, with the same genesis, clock and blockhashes. */
export function typescriptNode(seed: string): TestNode {
  const chain = createChain({ seed, clock: NODE_START, feeCollector: labelAddress(`${seed}/collector`), accounts: unboostedGenesis() });
  return createTestNode({ seed, chain });
}

/** A wallet with a real key, which signs as the signer does: version 0, one signature. */
export interface TestWallet {
  readonly address: Address;
  sign(instructions: readonly KitInstruction[], blockhash: string): { readonly wire: Uint8Array; readonly signature: Signature };
}

/** A wallet whose key follows from a label: the same runs give the same signatures. */
export function newWallet(label: string): TestWallet {
  const secretKey = seededBytes(`${label}/key`, 32);
  const address = addressFromBytes(ed25519.getPublicKey(secretKey));
  return {
    address,
    sign: (instructions, blockhash) => {
      const message = compileMessage({ payer: address, instructions, blockhash });
      const signature = ed25519.sign(message, secretKey);
      return { wire: wireTransaction(message, signature), signature: encodeBase58(signature) };
    },
  };
}

/** Sends wire bytes over JSON-RPC without preflight, lets two slots pass, and reads what landed. */
export async function land(
  node: TestNode,
  { wire, signature }: { readonly wire: Uint8Array; readonly signature: Signature },
): Promise<TransactionRecord> {
  const params = [encodeBase64(wire), { encoding: "base64", skipPreflight: true, maxRetries: 0 }];
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "sendTransaction", params });
  const reply = (await (await node.fetch(new Request("http://node.test/rpc", { method: "POST", body }))).json()) as { result?: string };
  if (reply.result !== signature) throw new Error(`not accepted: ${JSON.stringify(reply)}`);
  node.tick(2);
  const record = node.transaction(signature);
  if (record === null) throw new Error(`${signature} did not land`);
  return record;
}
