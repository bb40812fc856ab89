import type { Address, Signature } from "../../domain/units.ts";
import type { Chain } from "../chain/chain.ts";
import type { CompiledTransaction } from "../chain/types.ts";
import type { History } from "./history.ts";

/** What the JSON-RPC methods answer from: the localnet itself, or one provider's view of it. */
export interface RpcSource {
  readonly chain: Chain;
  readonly history: Pick<History, "get" | "entry" | "signaturesFor">;
  /** Takes a transaction that passed preflight, or skipped it. Whether and when it lands is not known here. */
  execute(transaction: CompiledTransaction): unknown;
  /** Gives away lamports; null where there is no faucet. */
  readonly airdrop: ((address: Address, lamports: bigint) => Signature) | null;
}
