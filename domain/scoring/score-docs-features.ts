import { GAP_FILLING_SHARE, LEARNING_SHARE, PROVIDERS } from "../budget.ts";
import { FEATURE_NAMES, FEATURE_SET_VERSION, FEATURES } from "./features.ts";
import {
  LATE_CURVE_PAGES,
  LATE_DEADLINE_MS,
  LATE_PAUSE_MS,
  LATE_POOL_PAGES,
  LATE_RPC_CALLS,
  LATE_RPC_CREDITS,
  MAX_LATE_AT_ONCE,
} from "./late-sources.ts";
import { CREATION_TRANSACTIONS, GATE_SWAPS, MAX_RPC_CALLS, MAX_RPC_CREDITS } from "./observations.ts";
import { SOURCE_COSTS } from "./source-costs.ts";

/** What a judgement costs, by source. */
export function costsText(): string {
  const rows = Object.entries(SOURCE_COSTS).map(
    ([source, { what, calls, credits, rounds, localnetMs, bound, late }]) =>
      `| ${source} | ${what} | ${calls} | ${credits} | ${rounds} | ${round(localnetMs)} | ${bound} | ${late} |`,
  );
  const { dailyCost, exitReserve, requestsPerWindow, windowMs } = PROVIDERS.rpc;
  return `## What a judgement costs

At most **${MAX_RPC_CALLS} RPC calls** and **${MAX_RPC_CREDITS} credits** a candidate, on every network: the sums below are above that, and what
does not fit is unknown. The embedded market's coins take 12 to 14 calls at the median and 26 at most; a token that
a gate of its accounts vetoes takes 4 and no post. The soft deadline is 1.5 s: what is later is missing, and \`missing\`
names it. Accounts are waited for until 3 s; without them there is no judgement.

| source | what | calls, at most | credits, at most | round | ms at the embedded node | history bound | read later |
|---|---|---|---|---|---|---|---|
${rows.join("\n")}

*Round*: calls of the second round wait for an answer of the first, and so on. With 100 ms for every call a judgement
with a bundle takes 0.4 s (\`assess.test.ts\`, printed). The embedded node's milliseconds are without a network, for all
calls one after another; they go out together.

Before its first call a judgement claims its ${MAX_RPC_CALLS} calls and ${MAX_RPC_CREDITS} credits of the Budget object, and gives back what it did not use. RPC has
${thousands(dailyCost)} credits a UTC day (\`RPC_DAILY_CREDITS\`) and ${thousands(requestsPerWindow)} requests in ${windowMs / 1_000} s. They go, first to last:

1. *Exits.* ${thousands(exitReserve)} credits are kept for them: nobody else gets these. What watching positions uses is counted once a
   minute and never refused; beyond the reserve it leaves less for the others.
2. *Judgements.* Without credits a candidate is declined with BUDGET_EXHAUSTED before anything is asked.
3. *Discovery*, claimed beforehand like a judgement ([costs.md](costs.md)). It is worthless alone: with less left than it and its judgement
   may cost, the candidate is declined there, likewise.
4. *Gap filling.* Counted once a minute and never refused, but when ${100 * GAP_FILLING_SHARE} % of what all but exits may use is gone it looks once a
   minute, so that the others have the rest.
5. *Learning.* What a judgement lacked is read later only while less than ${100 * LEARNING_SHARE} % is gone.

X charges $0.005 a post and $0.010 an author: at most $0.15 a candidate. The Budget object stops at 300 requests per
15 minutes and at the day's dollars ($5 unless \`X_DAILY_BUDGET_USD\` says otherwise), before anything is sent. Over budget,
down or unreadable, sentiment and social are missing.`;
}

/** Every feature with what it means and what it takes. */
export function featuresText(): string {
  const rows = FEATURE_NAMES.map((name) => {
    const { group, unit, min, max, meaning, missing } = FEATURES[name];
    return `| \`${name}\` | ${group} | ${meaning} | ${unit} | ${thousands(min)} to ${thousands(max)} | ${missing} |`;
  });
  const takes = FEATURE_NAMES.map((name) => {
    const { source, needs } = FEATURES[name];
    const sources = [source, ...needs];
    const total = (pick: "calls" | "credits" | "localnetMs") => sources.reduce((sum, one) => sum + SOURCE_COSTS[one][pick], 0);
    const rounds = Math.max(...sources.map((one) => SOURCE_COSTS[one].rounds));
    const bounds = sources.map((one) => SOURCE_COSTS[one].bound).join("; ");
    return `| \`${name}\` | ${sources.join(", ")} | ${total("calls")} | ${total("credits")} | ${rounds} | ${round(total("localnetMs"))} | ${bounds} |`;
  });
  return `## Features

Set \`${FEATURE_SET_VERSION}\`: ${FEATURE_NAMES.length} features. All of them read one copy of the observations (\`features/past.ts\`) of which everything after the
judgement's slot and moment has been cut: chain history by slot, readings, posts, records and outcomes by time. A
property test feeds random recordings that go on after the moment, with and without garbage there, and compares every
feature; another runs the same recordings in Node and in workerd and compares the vectors to the byte. Values outside
the range are cut to it; what is no number is unknown. The order is the order that models are fed.

| feature | group | what | unit | range | missing when |
|---|---|---|---|---|---|
${rows.join("\n")}

What each takes, with all of its sources; the accounts, which every judgement reads, are left out where they are not
the source. Sources are shared: reading one gives all of its features.

| feature | sources | calls, at most | credits, at most | round | ms at the embedded node | history bound |
|---|---|---|---|---|---|---|
${takes.join("\n")}

A source that is late, beyond its bound or over its budget leaves its features unknown for that judgement, and unknown
they stay there: neither the served vector nor score or decision ever change. A coin's outcome enters another coin's
features (own records) only once its path has been closed. Training takes rows of this set only; rows of another are
counted as \`other-feature-set\` and left out.

### Read later, for learning alone

What a judgement asked for and did not get is read once more after the decision is stored, if it can still be read as
it was: lists of what happened, cut at the judgement's slot and moment (column *read later* above). What tells only of
now stays missing. It begins ${LATE_PAUSE_MS / 1_000} s later: the trade goes first, and most late replies have come by then and cost nothing. It
ends after ${LATE_DEADLINE_MS / 1_000} s more. At most **${LATE_RPC_CALLS} calls** and **${LATE_RPC_CREDITS} credits** a candidate: ${1 + LATE_CURVE_PAGES} pages of the curve, ${LATE_POOL_PAGES} of the pool, ${GATE_SWAPS} swaps and
${CREATION_TRANSACTIONS} transactions of the creation slot; claimed of the Budget object before the first, and given back when not used. It
is refused first: it may not take the day's credits above ${LEARNING_SHARE * 100} % of what exits leave, nor the requests of 10 s above ${LEARNING_SHARE * 100} %;
the rest is for judgements. At most ${MAX_LATE_AT_ONCE} at once in one isolate. Of a token that a gate of its accounts vetoes only the two
histories that it was asked for, since its price path is recorded and it becomes a training row; of replays nothing.

A source comes whole or not at all, and a feature that was served is not looked at again. The values are a journal
entry of their own (\`late-features\`) with slot, moment, sources and times; it is in D1 and Parquet like the others. A
crash, or a journal that is away, loses them and nothing else. A test holds them against a judgement without a deadline
while the world goes on (\`workers/analyzer/late.test.ts\`). What becomes of them: [learning.md](learning.md).`;
}

function thousands(value: number): string {
  return Math.abs(value) >= 1_000 ? value.toLocaleString("en-US") : String(value);
}

function round(value: number): string {
  return String(Number(value.toFixed(1)));
}
