import { useState } from "react";
import type { LedgerStatus } from "../../domain/api/types.ts";
import { SectionBoundary } from "./components/feedback.tsx";
import { usePage } from "./components/pages.tsx";
import { Tabs } from "./components/tabs.tsx";
import { useEquity, useExperiments, useModels, usePerformance, useStatus, useStudies } from "./data/queries.ts";
import { useLiveFeed } from "./data/use-live-feed.ts";
import { Decisions } from "./sections/decisions.tsx";
import { Equity } from "./sections/equity.tsx";
import { Experiments } from "./sections/experiments.tsx";
import { Funnel } from "./sections/funnel.tsx";
import { IncidentBanner } from "./sections/incidents.tsx";
import { shownLedger, shownLedgerName } from "./sections/ledgers.ts";
import { Live } from "./sections/live.tsx";
import { Models } from "./sections/models.tsx";
import { NoticeBar, StaleBanner, TradeAnnouncer, useTitle } from "./sections/notices.tsx";
import { Performance } from "./sections/performance.tsx";
import { Positions } from "./sections/positions.tsx";
import { Risk } from "./sections/risk.tsx";
import { StatusStrip } from "./sections/status-strip.tsx";
import { Studies } from "./sections/studies.tsx";
import { Tiles } from "./sections/tiles.tsx";
import { Trades } from "./sections/trades.tsx";

/** The whole screen: what matters now above, lists below. From 1280 px on it fills the window and its lists scroll. */
export function App() {
  useLiveFeed();
  const status = useStatus().data;
  const equity = useEquity("24h").data?.items ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const ledger = shownLedger(status, chosen);
  const ledgerName = shownLedgerName(status, chosen);
  const performance = usePerformance(ledgerName, "1y").data;
  const page = usePage();
  useTitle(status, ledger?.state);
  return (
    <div className="flex min-h-dvh flex-col gap-2 p-2 xl:h-dvh xl:min-h-[52rem]">
      <SectionBoundary name="Status">
        <StatusStrip status={status} ledger={ledger} onLedger={setChosen} />
      </SectionBoundary>
      <SectionBoundary name="Incidents">
        <IncidentBanner status={status} />
      </SectionBoundary>
      <StaleBanner />
      <NoticeBar />
      {page === "performance" ? (
        <main className="flex min-h-0 flex-1 flex-col">
          <SectionBoundary name="Performance">
            <Performance ledger={ledgerName} />
          </SectionBoundary>
        </main>
      ) : (
        <main className="flex min-h-0 flex-1 flex-col gap-2">
          <SectionBoundary name="Key figures">
            <Tiles status={status} ledger={ledger} equity={equity} performance={performance} />
          </SectionBoundary>
          <div className="grid gap-2 xl:h-[20.5rem] xl:shrink-0 xl:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
            <SectionBoundary name="Equity">
              <Equity />
            </SectionBoundary>
            <SectionBoundary name="Open positions">
              <Positions />
            </SectionBoundary>
          </div>
          <div className="grid min-h-0 flex-1 gap-2 xl:grid-cols-[minmax(0,1fr)_23rem]">
            <SectionBoundary name="Last 24 hours">
              <Funnel status={status} className="xl:order-last" />
            </SectionBoundary>
            <SectionBoundary name="Lists">
              <Lists ledger={ledger} />
            </SectionBoundary>
          </div>
        </main>
      )}
      <TradeAnnouncer />
    </div>
  );
}

function Lists({ ledger }: { readonly ledger: LedgerStatus | null }) {
  const models = useModels().data?.items.length;
  const studies = useStudies().data?.items.length;
  const experiments = useExperiments().data?.items.length;
  return (
    <Tabs
      label="Lists"
      tabs={[
        { id: "decisions", title: "Decisions", render: () => <Decisions /> },
        { id: "trades", title: "Trades", render: () => <Trades /> },
        { id: "risk", title: "Risk", render: () => <Risk ledger={ledger} /> },
        { id: "live", title: "Live", render: () => <Live /> },
        { id: "models", title: "Models", count: models, render: () => <Models /> },
        { id: "searches", title: "Searches", count: studies, render: () => <Studies /> },
        { id: "experiments", title: "Experiments", count: experiments, render: () => <Experiments /> },
      ]}
    />
  );
}
