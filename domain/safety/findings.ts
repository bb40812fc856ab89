import type { ReasonCode } from "../reasons.ts";
import type { Finding } from "../scoring/assessment.ts";
import type { Address } from "../units.ts";

/** An account as an RPC node returns it; null stands for one that does not exist or was not sent. */
export interface RawAccount {
  readonly owner: Address;
  readonly data: Uint8Array;
}

/** A finding that vetoes the token. */
export function hard(code: ReasonCode, detail?: string): Finding {
  return detail === undefined ? { severity: "hard", code } : { severity: "hard", code, detail };
}

/** A finding that costs score. */
export function soft(code: ReasonCode, detail?: string): Finding {
  return detail === undefined ? { severity: "soft", code } : { severity: "soft", code, detail };
}

export function hasVeto(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === "hard");
}

/** `amount` as a share of `supply`, which must be positive; for judgement, never for accounting. */
export function shareOf(amount: bigint, supply: bigint): number {
  return Number(amount) / Number(supply);
}

/** A share for people. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
