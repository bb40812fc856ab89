import { REASONS, type ReasonCode } from "../../domain/reasons.ts";

/** A reason's text with its code, as every surface shows it; a code that nobody knows stands alone. Not yet escaped. */
export function reasonText(code: string): string {
  return Object.hasOwn(REASONS, code) ? `${REASONS[code as ReasonCode]} (${code})` : code;
}
