import type { ReactNode } from "react";
import type { LiveStatus } from "../../../domain/api/types.ts";
import { Chip } from "../components/chip.tsx";
import { listFeedback } from "../components/feedback.tsx";
import { Scroll } from "../components/panel.tsx";
import { Address } from "../components/token.tsx";
import { serverNow } from "../data/clock.ts";
import { useLive } from "../data/queries.ts";
import { usedShare } from "../lib/costs.ts";
import { DASH, formatClock, formatDuration, formatLatency, formatNumber, formatPercent, formatSol, parseLamports } from "../lib/format.ts";
import { reasonText } from "../lib/reasons.ts";
import { NAME_MAX, readableText } from "../lib/text.ts";
import { IncidentCard } from "./incidents.tsx";
import { Intents } from "./intents.tsx";

/** Live trading: wallet, trial, programs, providers, budgets, incidents, and every order. */
export function Live() {
  const query = useLive();
  const live = query.data;
  return (
    <Scroll label="Live trading">
      {live === undefined ? (
        listFeedback(query, 0, "")
      ) : (
        <>
          <Summary live={live} />
          <div className="grid lg:grid-cols-3">
            <Programs programs={live.programs} />
            <Providers providers={live.providers} />
            <Budgets budgets={live.budgets} />
          </div>
        </>
      )}
      <Block title="Orders">
        <Intents />
      </Block>
      {live !== undefined && live.incidents.length > 0 && (
        <Block title="Incidents">
          <div className="flex flex-col gap-1 px-3 pb-2">
            {live.incidents.map((incident) => (
              <IncidentCard key={incident.incidentId} incident={incident} />
            ))}
          </div>
        </Block>
      )}
    </Scroll>
  );
}

function Summary({ live }: { readonly live: LiveStatus }) {
  const isOver = live.agreed >= live.agreedWanted;
  return (
    <>
      <dl className="flex flex-wrap gap-x-6 gap-y-1 px-3 pt-2 text-small">
        <Item name="Mode in force">
          <Chip tone={live.mode === "live" ? "loss" : "accent"}>{live.mode}</Chip>
          {live.sinceMs !== null && (
            <span className="ml-1.5 text-faint">
              since {formatClock(live.sinceMs, serverNow())}
              {live.author !== null && ` by ${readableText(live.author, NAME_MAX)}`}
            </span>
          )}
        </Item>
        <Item name="Wallet">{live.wallet === null ? "none" : <Address address={live.wallet} what="wallet address" />}</Item>
        <Item name="Balance">
          {formatSol(parseLamports(live.walletLamports))} <span className="text-faint">SOL at the last look</span>
        </Item>
        <Item name="Trial">
          {isOver ? `over: ${live.agreed}` : `${live.agreed} of ${live.agreedWanted}`} landed orders agreed with their prediction
          {!isOver && <span className="text-warn"> · at most {formatSol(parseLamports(live.trialSizeLamports))} SOL each</span>}
        </Item>
      </dl>
      {live.ceiling === "paper" ? (
        <p className="max-w-[70ch] px-3 pt-1.5 text-micro text-faint">
          This deployment trades on paper only: no signer is bound to it. docs/live.md tells how to go live.
        </p>
      ) : (
        live.mode === "paper" && (
          <p className="px-3 pt-1.5 text-micro text-faint">
            Paper until somebody confirms a passing preflight: <code className="font-mono text-soft">npx sniper live enable</code>
          </p>
        )
      )}
    </>
  );
}

function Programs({ programs }: Pick<LiveStatus, "programs">) {
  return (
    <Block title="Programs">
      <table className="data-table">
        <thead>
          <tr>
            <th scope="col" className="w-full">
              Program
            </th>
            <th scope="col" className="num" title="In which the deployed code was uploaded">
              Slot
            </th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {programs.map((program) => (
            <tr key={program.programId}>
              <th scope="row">
                {readableText(program.name, NAME_MAX)} <Address address={program.programId} what="program address" />
              </th>
              <td className="num">
                {formatNumber(program.slot)}
                {program.slot !== program.pinnedSlot && (
                  <span className="block text-micro text-faint">pinned {formatNumber(program.pinnedSlot)}</span>
                )}
              </td>
              <td>
                <Chip
                  tone={program.ok ? "gain" : "loss"}
                  {...(program.pinnedSha256 === null ? {} : { title: `Pinned SHA-256 ${program.pinnedSha256}` })}
                >
                  {program.ok ? "as pinned" : program.pinnedSlot === null ? "not pinned" : program.slot === null ? "unread" : "DRIFT"}
                </Chip>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Block>
  );
}

function Providers({ providers }: Pick<LiveStatus, "providers">) {
  return (
    <Block title="RPC providers">
      <table className="data-table">
        <thead>
          <tr>
            <th scope="col" className="w-full">
              Provider
            </th>
            <th scope="col" className="num" title="Slots behind the newest known">
              Behind
            </th>
            <th scope="col" className="num">
              Errors
            </th>
            <th scope="col" className="num">
              Latency
            </th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {providers.map((provider) => (
            <tr key={provider.name}>
              <th scope="row">
                {readableText(provider.name, NAME_MAX)}
                {provider.reason !== null && <span className="block text-micro text-loss">{reasonText(provider.reason)}</span>}
              </th>
              <td className="num">{formatNumber(provider.lagSlots)}</td>
              <td className="num">{formatPercent(provider.errorShareBps)}</td>
              <td className="num">{formatLatency(provider.latencyMs)}</td>
              <td>
                <Chip tone={provider.ok ? "gain" : "loss"}>{provider.ok ? "ok" : "failing"}</Chip>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Block>
  );
}

function Budgets({ budgets }: Pick<LiveStatus, "budgets">) {
  return (
    <Block title="Signer's budgets">
      {budgets.length === 0 ? (
        <p className="px-3 pb-2 text-small text-soft">The signer does not answer, or none is bound.</p>
      ) : (
        <ul className="flex flex-col gap-1.5 px-3 pb-2 text-small">
          {budgets.map(({ kind, windowMs, usedLamports, limitLamports, signatures, signaturesLimit }) => (
            <li key={`${kind}:${windowMs}`} className="grid grid-cols-[4rem_1fr_1fr] items-center gap-x-3">
              <span className="whitespace-nowrap">
                {readableText(kind, NAME_MAX)} <span className="text-faint">{formatDuration(windowMs).replace(/ 00?[hm]$/, "")}</span>
              </span>
              <Bar
                label={`${kind} spend per ${formatDuration(windowMs)}`}
                share={usedShare(parseLamports(usedLamports), parseLamports(limitLamports))}
                text={`${formatSol(parseLamports(usedLamports))} of ${formatSol(parseLamports(limitLamports), { decimals: 2 })} SOL`}
              />
              <Bar
                label={`${kind} signatures per ${formatDuration(windowMs)}`}
                share={usedShare(parseLamports(String(signatures)), parseLamports(String(signaturesLimit)))}
                text={`${formatNumber(signatures)} of ${formatNumber(signaturesLimit)} signed`}
              />
            </li>
          ))}
        </ul>
      )}
    </Block>
  );
}

/** A used share with its figures in words; the bar repeats what they say. */
function Bar({ label, share, text }: { readonly label: string; readonly share: number | null; readonly text: string }) {
  const percent = share === null ? 0 : share * 100;
  const tone = percent >= 100 ? "bg-loss" : percent >= 80 ? "bg-warn" : "bg-accent";
  return (
    <div title={label}>
      <div className="whitespace-nowrap text-micro text-soft">{share === null ? DASH : text}</div>
      <div aria-hidden="true" className="h-1.5 rounded-sm bg-line">
        <div className={`h-full rounded-sm ${tone}`} style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}

function Block({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className="min-w-0 overflow-x-auto">
      <h3 className="px-3 pt-3 pb-1 text-micro font-medium text-faint">{title}</h3>
      {children}
    </section>
  );
}

function Item({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex min-h-5 flex-wrap items-center gap-x-1.5">
      <dt className="text-faint">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
