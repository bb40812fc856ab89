import { parseExact, stringifyExact } from "../../json.ts";
import type { Signature } from "../../units.ts";
import type { Forgotten, Intent, Prepared } from "./intent.ts";

type Terms = Omit<Forgotten, "id" | "prepared" | "signature" | "wireBase64">;

/** What is left with the signer beside an order's message: all that a position that forgot it needs to go on. */
export function memoOf({ side, attempt, amountIn, minOut, slippageBps, isPart, closesAccount }: Intent, prepared: Prepared): string {
  const terms: Terms = { side, attempt, amountIn, minOut, slippageBps, isPart, closesAccount };
  return stringifyExact({ ...terms, prepared });
}

/** An order from its memo, our own text; null when it is none, or one of another version. */
export function fromMemo(memo: string, id: string, signature: Signature, wireOf: (prepared: Prepared) => string): Forgotten | null {
  let kept: Partial<Terms & { readonly prepared: Prepared }>;
  try {
    kept = parseExact(memo) as typeof kept;
  } catch {
    return null;
  }
  const { side, attempt, amountIn, minOut, slippageBps, isPart, closesAccount, prepared } = kept ?? {};
  if (side === undefined || attempt === undefined || prepared === undefined) return null;
  if (amountIn === undefined || minOut === undefined || slippageBps === undefined) return null;
  if (isPart === undefined || closesAccount === undefined) return null;
  const terms: Terms = { side, attempt, amountIn, minOut, slippageBps, isPart, closesAccount };
  return { ...terms, id, prepared, signature, wireBase64: wireOf(prepared) };
}
