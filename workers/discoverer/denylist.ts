import type { ReasonCode } from "../../domain/reasons.ts";
import type { Control } from "../../domain/trading/control.ts";
import type { Address } from "../../domain/units.ts";

export interface DenySubjects {
  readonly mint: Address;
  readonly creator: Address | null;
  readonly metadataHash: string;
}

/** The first denylist entry that a token meets, with why and by whom it was put there; null when none. */
export function denied(
  denylist: Control["denylist"],
  subjects: DenySubjects,
): { readonly reason: ReasonCode; readonly detail: string } | null {
  const checks = [
    ["DENYLISTED_MINT", "mint", subjects.mint],
    ["DENYLISTED_CREATOR", "creator", subjects.creator],
    ["DENYLISTED_METADATA", "metadata", subjects.metadataHash],
  ] as const;
  for (const [reason, subject, value] of checks) {
    const entry = denylist.find((candidate) => candidate.subject === subject && candidate.value === value);
    if (entry !== undefined) return { reason, detail: `${entry.reason} (${entry.author})` };
  }
  return null;
}
