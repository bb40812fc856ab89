import { type UseQueryResult, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { LockView, RiskView } from "../../../domain/api/types.ts";
import { ApiError, getJson } from "./api.ts";
import { KEYS } from "./live.ts";
import { sendJson } from "./operator.ts";
import { POLL_MS, refresh } from "./queries.ts";

/** The risk engine of one open ledger; polled, since what is used of its limits is not pushed. */
export function useRisk(ledger: string | null): UseQueryResult<RiskView, Error> {
  return useQuery({
    queryKey: [...KEYS.risk, ledger],
    enabled: ledger !== null,
    refetchInterval: POLL_MS,
    queryFn: async ({ signal }) => {
      const risk = await getJson<RiskView>(`/risk?ledger=${encodeURIComponent(ledger ?? "")}`, signal);
      if (![risk.limits, risk.locks].every(Array.isArray)) throw new ApiError(200, "The API did not answer a risk engine to /risk.");
      return risk;
    },
  });
}

/** What the operator can do from the page. */
export type OperatorAction =
  | {
      readonly kind: "state";
      readonly ledger: string;
      readonly state: RiskView["state"];
      readonly note: string;
      readonly clears: readonly string[];
      /** When the state that the operator saw was set. */
      readonly sinceMs: number;
    }
  | {
      readonly kind: "lock";
      readonly ledger: string;
      readonly scope: LockView["scope"];
      readonly value: string | null;
      readonly durationMs: number | null;
      readonly reason: string;
    }
  | { readonly kind: "unlock"; readonly lockId: string }
  | { readonly kind: "close"; readonly positionId: string }
  | { readonly kind: "close-all"; readonly ledger: string };

export interface OperatorActions {
  readonly isRunning: boolean;
  readonly error: Error | null;
  /** @returns whether it was done; the reason otherwise stands in `error` */
  readonly run: (action: OperatorAction) => Promise<boolean>;
  /** Forgets the error of the last action. */
  readonly reset: () => void;
}

/** Runs one action at a time and fetches again what it changes. */
export function useOperatorActions(): OperatorActions {
  const client = useQueryClient();
  const { mutateAsync, isPending, error, reset } = useMutation({
    mutationFn: perform,
    onSettled: () => refresh(client, ["risk", "status", "positions"]),
  });
  return {
    isRunning: isPending,
    error,
    reset,
    run: async (action) => {
      try {
        await mutateAsync(action);
        return true;
      } catch {
        return false;
      }
    },
  };
}

function perform(action: OperatorAction): Promise<unknown> {
  switch (action.kind) {
    case "state": {
      const { ledger, state, note, clears, sinceMs } = action;
      return sendJson("POST", "/state", {
        ledger,
        state,
        note: note.trim() === "" ? null : note.trim(),
        clears,
        ...(state === "ACTIVE" ? { sinceMs } : {}),
      });
    }
    case "lock": {
      const { kind: _kind, ...order } = action;
      return sendJson("POST", "/locks", order);
    }
    case "unlock":
      return sendJson("DELETE", `/locks/${encodeURIComponent(action.lockId)}`);
    case "close":
      return sendJson("POST", `/positions/${encodeURIComponent(action.positionId)}/close`);
    case "close-all":
      return sendJson("POST", "/positions/close", { ledger: action.ledger });
  }
}
