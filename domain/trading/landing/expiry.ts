import { ok, type Result, refuse } from "../../result.ts";

/** A blockhash is good for the next 150 blocks (Solana, MAX_PROCESSING_AGE). */
const BLOCKHASH_BLOCKS = 150;
/** Blocks that the two answers, the blockhash and the height, may be apart. */
const MARGIN_BLOCKS = 20;

/**
 * Whether a last valid block height can be true at the present height. A made-up one would end the
 * wait for a transaction while it may still land, or never. Refuses with RPC_DISAGREEMENT.
 */
export function checkExpiry(lastValidBlockHeight: number, blockHeight: number): Result<null> {
  const blocks = lastValidBlockHeight - blockHeight;
  if (blocks > 0 && blocks <= BLOCKHASH_BLOCKS + MARGIN_BLOCKS) return ok(null);
  return refuse("RPC_DISAGREEMENT", `a blockhash that is good for ${blocks} blocks`);
}
