import type { Rng } from "../../domain/random.ts";
import { addressBytes } from "../../domain/solana/address.ts";
import { ByteWriter } from "../../domain/solana/bytes.ts";
import { EXTENSION, type Extension, type Mint } from "../../domain/solana/token.ts";
import { U64_MAX } from "../../domain/units.ts";
import { rentExemptLamports } from "../chain/rent.ts";
import { readMint, withMint } from "../chain/token-state.ts";
import type { LiveToken, MarketContext } from "./context.ts";

/**
 * Turns a new coin's mint into a trap by writing the account directly. Pump's own create_v2 cannot
 * make such a mint: this is the market's fiction, so that the gates against imported traps have
 * something to refuse.
 */
export function plantHostileMint(context: MarketContext, token: LiveToken, rng: Rng): void {
  const account = context.chain.account(token.coin.mint);
  const mint = account === null ? null : readMint(account);
  if (account === null || mint === null) return;
  const hostile = withMint(account, trap(mint, token.plan.creator, rng));
  const rent = rentExemptLamports(hostile.data.length);
  const creator = context.chain.account(token.plan.creator);
  const missing = rent > account.lamports ? rent - account.lamports : 0n;
  if (creator === null || creator.lamports < missing) return;
  context.chain.plant(token.plan.creator, { ...creator, lamports: creator.lamports - missing });
  context.chain.plant(token.coin.mint, { ...hostile, lamports: account.lamports + missing });
}

function trap(mint: Mint, owner: string, rng: Rng): Mint {
  const key = addressBytes(owner);
  const add = (extension: Extension): Mint => ({ ...mint, extensions: [...mint.extensions, extension] });
  switch (rng.int(5)) {
    case 0:
      return add({ type: EXTENSION.permanentDelegate, data: key });
    case 1:
      return add({ type: EXTENSION.transferHook, data: new ByteWriter().bytes(key).bytes(key).toBytes() });
    case 2: {
      const fee = (writer: ByteWriter) => writer.u64(0n).u64(U64_MAX).u16(3_000);
      return add({ type: EXTENSION.transferFeeConfig, data: fee(fee(new ByteWriter().bytes(key).bytes(key).u64(0n))).toBytes() });
    }
    case 3:
      return { ...mint, freezeAuthority: owner };
    default:
      return { ...mint, mintAuthority: owner };
  }
}
