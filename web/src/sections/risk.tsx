import type { ReactNode } from "react";
import type { LedgerStatus } from "../../../domain/api/types.ts";
import { Empty, listFeedback } from "../components/feedback.tsx";
import { Scroll } from "../components/panel.tsx";
import { useOperatorActions, useRisk } from "../data/risk.ts";
import { reasonDetail } from "../lib/reasons.ts";
import { OperatorGate } from "./operator.tsx";
import { RiskLimits } from "./risk-limits.tsx";
import { RiskLocks } from "./risk-locks.tsx";
import { TradingState } from "./risk-state.tsx";

/** The risk engine of the shown ledger: whether entries run, what limits them, what is locked, and the levers. */
export function Risk({ ledger }: { readonly ledger: LedgerStatus | null }) {
  const query = useRisk(ledger?.ledger ?? null);
  const actions = useOperatorActions();
  const risk = query.data;
  if (ledger === null) {
    return (
      <Empty>
        The books of this ledger are not open, or do not answer. They open with the first entry; until then{" "}
        <code className="font-mono text-micro">npx sniper state HALTED</code> keeps entries from starting.
      </Empty>
    );
  }
  if (risk === undefined) return listFeedback(query, 0, "");
  return (
    <Scroll label="Risk engine">
      <div className="grid md:grid-cols-2 xl:grid-cols-3">
        <Block title={`Trading state of ${risk.ledger}`}>
          <div className="flex flex-col gap-2.5 px-3 pb-3">
            <TradingState key={risk.ledger} risk={risk} ledger={ledger} actions={actions} />
            {actions.error !== null && (
              <p role="alert" className="text-small text-loss">
                {reasonDetail(actions.error.message)}
              </p>
            )}
            <OperatorGate />
          </div>
        </Block>
        <Block title="Limits: entries pass all of them, exits none">
          <RiskLimits limits={risk.limits} />
        </Block>
        <Block title="Locks">
          <RiskLocks key={risk.ledger} risk={risk} actions={actions} />
        </Block>
      </div>
    </Scroll>
  );
}

function Block({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className="min-w-0">
      <h3 className="px-3 pt-3 pb-1.5 text-micro font-medium text-faint">{title}</h3>
      {children}
    </section>
  );
}
