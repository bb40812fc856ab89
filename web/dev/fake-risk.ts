import type { RiskView } from "../../domain/api/types.ts";

/** What an invented engine says of its risk: a tripped breaker and two locks when it trades live. */
export function fakeRisk(nowMs: number, ledger: string, isLive: boolean): RiskView {
  return {
    ledger,
    state: isLive ? "REDUCING" : "ACTIVE",
    stateReason: isLive ? "DRAWDOWN_BREAKER" : null,
    author: "system",
    note: isLive ? "1571 of 1500 bps below the peak of 7000000000 lamports" : null,
    sinceMs: nowMs - 312_000,
    isReconciled: !isLive,
    limits: [
      { code: "MAX_POSITIONS", used: 4, limit: 10, unit: "positions", isReached: false },
      { code: "EXPOSURE_TOKEN", used: 1_380, limit: 1_500, unit: "bps", isReached: false },
      { code: "EXPOSURE_TOTAL", used: 4_120, limit: 9_000, unit: "bps", isReached: false },
      { code: "DRAWDOWN_BREAKER", used: isLive ? 1_571 : 320, limit: 1_500, unit: "bps", isReached: isLive },
      { code: "CONSECUTIVE_LOSSES", used: 3, limit: 6, unit: "losses", isReached: false },
      { code: "MARKS_STALE", used: 640, limit: 15_000, unit: "ms", isReached: false },
    ],
    locks: isLive
      ? [
          {
            lockId: "lock-1",
            scope: "all",
            value: null,
            untilMs: nowMs + 1_900_000,
            reason: "SLIPPAGE_BREACHES",
            author: "system",
            atMs: nowMs - 90_000,
          },
          {
            lockId: "lock-2",
            scope: "creator",
            value: "7UVimPp1oWb1FRzbkgkGrvr3bHcvEPpmi2bpQGsnPjiE",
            untilMs: null,
            reason: "serial rugs <b>",
            author: "telegram:1001",
            atMs: nowMs - 4_000_000,
          },
        ]
      : [],
  };
}
