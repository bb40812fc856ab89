import type { ReactNode } from "react";
import type { DecisionView } from "../../../domain/api/types.ts";
import { Chip } from "../components/chip.tsx";
import { Address } from "../components/token.tsx";
import { spacedName } from "../lib/evidence.ts";
import { explanationOf } from "../lib/explanation.ts";
import { DASH, formatFixed, formatLatency, formatNumber, formatSol, parseLamports } from "../lib/format.ts";
import { reasonDetail, reasonText } from "../lib/reasons.ts";
import { NAME_MAX, readableText } from "../lib/text.ts";

/** Most contributions and features that one decision shows. */
const ROWS_MAX = 60;

const NO_FINDINGS: Readonly<Record<string, string>> = {
  discover: "Not examined: it ended at the filters.",
  analyze: "None.",
  trade: "Recorded with the judgement of the same token.",
};

/** Everything that a decision rests on. */
export function DecisionDetail({ decision }: { readonly decision: DecisionView }) {
  return (
    <div className="grid gap-x-8 gap-y-4 py-2 text-small md:grid-cols-2 xl:grid-cols-3">
      <div className="flex flex-col gap-4">
        <Block title="Explanation">
          <Sentences decision={decision} />
        </Block>
        <Block title="Reasons">
          <ul className="flex flex-col gap-1">
            {decision.reasons.map(({ code, detail }) => (
              <Note key={code + (detail ?? "")} code={code} detail={detail} />
            ))}
          </ul>
        </Block>
        <Block title="Safety findings">
          {decision.findings.length === 0 ? (
            <p className="text-soft">{NO_FINDINGS[decision.stage] ?? DASH}</p>
          ) : (
            <ul className="flex flex-col gap-1">
              {decision.findings.map(({ code, detail, severity }) => (
                <Note key={code + (detail ?? "")} code={code} detail={detail}>
                  <Chip tone={severity === "hard" ? "loss" : "warn"}>{severity === "hard" ? "veto" : "penalty"}</Chip>
                </Note>
              ))}
            </ul>
          )}
        </Block>
      </div>
      <div className="flex flex-col gap-4">
        <Block title="Contributions, points against a neutral token">
          <Contributions decision={decision} />
        </Block>
        <Block title="Features">
          <Features decision={decision} />
        </Block>
        <Block title="Could not be had in time">
          <p className="text-soft">{decision.missing.length === 0 ? "Nothing." : decision.missing.map(spacedName).join(", ")}</p>
        </Block>
      </div>
      <Block title="Record">
        <Facts decision={decision} />
      </Block>
    </div>
  );
}

/** Why it was judged so, what would have changed it, and what models said that do not count. */
function Sentences({ decision }: { readonly decision: DecisionView }) {
  return (
    <ul className="flex flex-col gap-1">
      {explanationOf(decision).map((sentence) => (
        <li key={sentence} className="break-words">
          <bdi>{sentence}</bdi>
        </li>
      ))}
    </ul>
  );
}

function Block({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1 text-micro font-medium text-faint">{title}</h3>
      {children}
    </section>
  );
}

interface NoteProps {
  readonly code: string;
  readonly detail: string | undefined;
  readonly children?: ReactNode;
}

function Note({ code, detail, children }: NoteProps) {
  const text = reasonDetail(detail);
  return (
    <li className="flex items-baseline gap-2">
      {children}
      <span className="min-w-0">
        <span className="block">{reasonText(code)}</span>
        <span className="block break-words text-micro text-faint">
          <span className="font-mono">{code}</span>
          {text !== "" && <bdi> · {text}</bdi>}
        </span>
      </span>
    </li>
  );
}

function Contributions({ decision }: { readonly decision: DecisionView }) {
  if (decision.contributions.length === 0) return <Nothing decision={decision} text="No score was computed." />;
  const sorted = decision.contributions.toSorted((a, b) => Math.abs(b.points) - Math.abs(a.points)).slice(0, ROWS_MAX);
  const largest = Math.max(...sorted.map(({ points }) => Math.abs(points)), 1e-9);
  return (
    <ul className="flex flex-col gap-0.5">
      {sorted.map(({ name, points }) => (
        <li key={name} className="grid grid-cols-[minmax(0,1fr)_6rem_3rem] items-center gap-2">
          <span className="truncate text-soft">{spacedName(readableText(name, NAME_MAX))}</span>
          <span aria-hidden="true" className="relative h-1.5">
            <span className="absolute inset-y-[-2px] left-1/2 w-px bg-edge" />
            <span
              className={`absolute inset-y-0 rounded-sm ${points >= 0 ? "left-1/2 bg-gain" : "right-1/2 bg-loss"}`}
              style={{ width: `${(Math.abs(points) / largest) * 50}%` }}
            />
          </span>
          <span className="text-right">{formatFixed(points, 1, true)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Why there is nothing: a trade decision leaves it to the judgement that it rests on. */
function Nothing({ decision, text }: { readonly decision: DecisionView; readonly text: string }) {
  return <p className="text-soft">{decision.stage === "trade" ? NO_FINDINGS["trade"] : text}</p>;
}

function Features({ decision }: { readonly decision: DecisionView }) {
  const features = Object.entries(decision.features ?? {}).slice(0, ROWS_MAX);
  if (features.length === 0) return <Nothing decision={decision} text="None were computed." />;
  return (
    <dl className="grid grid-cols-1 gap-x-6 sm:grid-cols-2 md:grid-cols-1 2xl:grid-cols-2">
      {features.map(([name, value]) => (
        <div key={name} className="flex justify-between gap-2 border-t border-line/50 py-px">
          <dt className="truncate text-soft">{spacedName(readableText(name, NAME_MAX))}</dt>
          <dd>{formatNumber(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Facts({ decision }: { readonly decision: DecisionView }) {
  const name = readableText(decision.name, NAME_MAX);
  const facts: ReadonlyArray<readonly [string, ReactNode]> = [
    ["Name", name === "" ? DASH : <bdi key="name">{name}</bdi>],
    ["Mint", <Address key="mint" address={decision.mint} what="mint address" />],
    ["Pool", <Address key="pool" address={decision.pool} what="pool address" />],
    ["Creator", decision.creator === null ? DASH : <Address key="creator" address={decision.creator} what="creator address" />],
    ["Graduation", <Address key="signature" address={decision.signature} what="signature" />],
    ["Slot", formatNumber(decision.slot)],
    ["Seen through", readableText(decision.source, NAME_MAX)],
    ["Decided in stage", readableText(decision.stage, NAME_MAX)],
    ["Pool liquidity", `${formatSol(parseLamports(decision.liquidityLamports), { decimals: 2 })} SOL`],
    ["Parameters", <Version key="parameters" text={decision.parameterVersion} />],
    ["Model", decision.modelVersion === null ? "none" : <Version key="model" text={decision.modelVersion} />],
    ["Experiment arm", decision.arm ?? DASH],
    ["Ledger", decision.isDryRun ? "paper" : "live"],
    ["Latency", formatLatency(decision.latencyMs)],
  ];
  return (
    <dl>
      {facts.map(([fact, value]) => (
        <div key={fact} className="flex min-h-6 items-center justify-between gap-4 border-t border-line/50 first:border-t-0">
          <dt className="whitespace-nowrap text-soft">{fact}</dt>
          <dd className="min-w-0 truncate text-right">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Version({ text }: { readonly text: string }) {
  return <span className="font-mono text-micro">{readableText(text, 80)}</span>;
}
