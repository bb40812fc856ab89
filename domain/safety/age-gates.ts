import type { Candidate } from "../candidate.ts";
import type { Finding } from "../scoring/assessment.ts";
import type { UnixMs } from "../units.ts";
import { hard, soft } from "./findings.ts";

/** Nobody finds, reads and buys a coin in less: a curve that fills in this time was filled by those who knew of it. */
export const RUSHED_MS = 10_000;

/** Gates of age: too old for the strategy, or graduated within seconds of its creation. */
export function judgeAge(
  { ageMs, discoveredAtMs, graduation }: Pick<Candidate, "ageMs" | "discoveredAtMs" | "graduation">,
  nowMs: UnixMs,
  maxTokenAgeMs: number,
): Finding[] {
  const createdAtMs = discoveredAtMs - ageMs;
  const findings: Finding[] = [];
  if (nowMs - createdAtMs > maxTokenAgeMs) findings.push(hard("TOKEN_TOO_OLD", `${Math.round((nowMs - createdAtMs) / 60_000)} min`));
  if (graduation.blockTimeMs !== null && graduation.blockTimeMs - createdAtMs < RUSHED_MS)
    findings.push(soft("CURVE_RUSHED", `${Math.max(0, Math.round((graduation.blockTimeMs - createdAtMs) / 1_000))} s`));
  return findings;
}
