import { REASONS } from "../../../domain/reasons.ts";
import { readableText } from "./text.ts";

/** Longest reason detail that the dashboard shows. */
const DETAIL_MAX = 160;

/** The text of a reason code; unknown codes (of a newer server) are shown as they are. */
export function reasonText(code: string): string {
  return Object.hasOwn(REASONS, code) ? REASONS[code as keyof typeof REASONS] : readableText(code, 60);
}

/** A reason's detail as safe text; empty when there is none. Details can quote a token's own text. */
export function reasonDetail(detail: string | undefined): string {
  return detail === undefined ? "" : readableText(detail, DETAIL_MAX);
}

/** "EXIT_STOP_LOSS" as "Stop loss": a short label for exit chips. */
export function exitLabel(code: string): string {
  const words = readableText(code, 60)
    .replace(/^EXIT_/, "")
    .toLowerCase()
    .replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
