import type { AccountInfo, Rpc, SignatureInfo, TokenHolder } from "../../adapters/rpc/client.ts";
import { solPriceFrom } from "../../adapters/rpc/sol-price.ts";
import type { BudgetPort } from "../../domain/budget.ts";
import type { Candidate } from "../../domain/candidate.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { type Evidence, judgeBehaviour } from "../../domain/safety/behaviour.ts";
import { hasVeto } from "../../domain/safety/findings.ts";
import type { CreationSlot, Funding } from "../../domain/safety/history.ts";
import { type Holder, holderShares, mergeByOwner } from "../../domain/safety/holder-gates.ts";
import { creatorOf } from "../../domain/safety/pool-gates.ts";
import type { Finding } from "../../domain/scoring/assessment.ts";
import {
  type AccountsRead,
  type CreatorRecord,
  FAILED_SWAPS,
  HISTORY_PAGE,
  type HoldersRead,
  MAX_HOLDERS,
  type MarketRecord,
  type MoodRead,
  type Observations,
  type SignatureHistory,
} from "../../domain/scoring/observations.ts";
import type { SocialSample, SocialSource } from "../../domain/sentiment/social.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { PYTH_SOL_USD } from "../../domain/solana/programs.ts";
import { decodeTokenAccount } from "../../domain/solana/token.ts";
import type { Parameters } from "../../domain/trading/parameters.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import { accountAddresses, amountOf, judgeAccounts } from "./accounts.ts";
import { type FundingCache, readCreationSlot, readCurveHistory, readFundings } from "./creation.ts";
import { claimCredits } from "./credits.ts";
import { startDeadline } from "./deadline.ts";
import { asHolders, historyOf, holdersRead, knownOf } from "./readings.ts";
import { Reads } from "./reads.ts";
import { readSwaps, type Swaps } from "./swaps.ts";

/** Owners of token accounts that belong to nobody: mayhem mode's vault (account `mayhem-sol-vault`, recorded 2026-06). */
const PROGRAM_VAULT_OWNERS: readonly Address[] = ["BwWK17cbHxwWBKZkUYvzxLcNQ1YVyaFezduWbtm2de6s"];
/** The hard deadline is this many times the soft one. */
const HARD_FACTOR = 2;

export interface CollectDeps {
  readonly rpc: Rpc;
  readonly social: SocialSource | null;
  readonly parameters: Pick<Parameters, "minLiquidityUsd" | "solPriceMaxAgeMs" | "maxTokenAgeMs">;
  /** What our own records know; left out, nothing is. */
  readonly records?: RecordSource | null;
  /** Moods of the posts by classifiers; left out, they are unknown. */
  readonly classify?: Classify | null;
  /** First fundings found before; left out, each is looked up. */
  readonly fundings?: FundingCache | null;
  /** Credits of the RPC provider; left out, they are not counted. */
  readonly budget?: BudgetPort | null;
  /** Of a replay: readings that transactions do not tell, as they were seen; a node is not asked for them. */
  readonly seen?: SeenReadings;
  readonly nowMs: () => UnixMs;
  /** Soft deadline: what is later is missing. Accounts are waited for twice as long. */
  readonly deadlineMs: number;
}

/** Readings of a first judgement; null for what it did not have. */
export type SeenReadings = Pick<AccountsRead, "creatorHolds" | "solUsd"> & { readonly holders: HoldersRead | null };

/** Our own records, as of now. */
export interface RecordSource {
  creator(creator: Address): Promise<Result<CreatorRecord>>;
  market(): Promise<Result<MarketRecord>>;
}

/** Judges the mood of posts, by every classifier that answers. */
export type Classify = (sample: SocialSample, candidate: Candidate) => Promise<Result<readonly MoodRead[]>>;

export interface Collected {
  readonly observations: Observations;
  readonly findings: readonly Finding[];
  /** False when a gate of the accounts vetoed: what is read after them was not asked for. */
  readonly isSound: boolean;
  /** Sources that gave nothing, with the reason: `source:<name> (<code>)`. */
  readonly lacking: readonly string[];
  readonly rpcCalls: number;
}

/**
 * Reads what the gates and features need: one batch of accounts, the largest holders and two
 * histories at once, then, if no gate of the accounts vetoes, the newest swaps, the creation slot, the
 * holders' owners and the posts. What is late or beyond the call bound is unknown and named. Refuses with
 * RPC_UNAVAILABLE or UPSTREAM_MALFORMED when the accounts cannot be read: without them there is no
 * judgement; with BUDGET_EXHAUSTED, before any call, when the credits are used up. Everything else may be
 * missing.
 */
export async function collect(candidate: Candidate, deps: CollectDeps): Promise<Result<Collected>> {
  const deadline = startDeadline(deps.deadlineMs, deps.deadlineMs * HARD_FACTOR);
  const reads = new Reads(deadline);
  try {
    const claim = await claimCredits(deps.budget ?? null, deadline);
    if (!claim.ok) return claim;
    try {
      return await new Collector(candidate, deps, reads).run();
    } finally {
      // A claim that cannot be settled stays charged in full.
      await deadline.hard(claim.value({ requests: reads.rpcCalls, cost: reads.credits }));
    }
  } finally {
    deadline.stop();
  }
}

class Collector {
  readonly #candidate: Candidate;
  readonly #deps: CollectDeps;
  readonly #reads: Reads;

  constructor(candidate: Candidate, deps: CollectDeps, reads: Reads) {
    this.#candidate = candidate;
    this.#deps = deps;
    this.#reads = reads;
  }

  async run(): Promise<Result<Collected>> {
    const { rpc, seen } = this.#deps;
    const reads = this.#reads;
    const { mint, pool, bondingCurve } = this.#candidate.graduation;
    const addresses = accountAddresses(this.#candidate);
    const reading = reads.call("state", () => rpc.getAccounts(addresses));
    const largest =
      seen === undefined
        ? reads.soft(
            "holders",
            reads.call("state", () => rpc.getTokenLargestAccounts(mint)),
          )
        : Promise.resolve(null);
    const curveHistory = reads.soft(
      "curve history",
      reads.call("history", () => rpc.getSignaturesForAddress(bondingCurve, { limit: HISTORY_PAGE })),
    );
    const poolHistory = reads.soft(
      "pool history",
      reads.call("history", () => rpc.getSignaturesForAddress(pool, { limit: HISTORY_PAGE })),
    );

    const reply = await reads.deadline.hard(reading);
    if (reply === null) return refuse("RPC_UNAVAILABLE", "accounts: no answer in time");
    if (!reply.ok) return refuse(reply.reason, reply.detail);
    const { slot } = reply.value;
    const accounts = new Map(addresses.map((address, i) => [address, reply.value.accounts[i] ?? null]));
    const read = (address: Address) => accounts.get(address) ?? null;
    const { supply, tokenProgram, poolVerdict, gates } = judgeAccounts(this.#candidate, read, this.#deps.parameters, this.#deps.nowMs());
    const sound = !hasVeto(gates);
    const creator = creatorOf(poolVerdict.pool, poolVerdict.curve, this.#candidate.creator);

    const creatorAccount = seen === undefined ? this.#creatorAccount(creator, tokenProgram, read, sound) : null;
    const social = sound ? this.#posts() : null;
    const moods = sound ? this.#moods(social) : null;
    const creatorRecord = sound && creator !== null ? this.#record((source) => source.creator(creator)) : null;
    const marketRecord = sound ? this.#record((source) => source.market()) : null;
    // Each goes on as soon as it can: one that is slow must not make the others late.
    const swaps = sound ? poolHistory.then((history) => this.#swaps(history, slot)) : null;
    const origin = sound ? curveHistory.then((history) => this.#origin(history, creator)) : null;
    const owners = sound ? largest.then((list) => this.#owners(list)) : null;

    const holds = seen === undefined ? amountOf(await creatorAccount) : seen.creatorHolds;
    const vaultOwners = [pool, bondingCurve, ...PROGRAM_VAULT_OWNERS];
    const vaults = new Set([...vaultOwners, ...vaultOwners.map((owner) => associatedTokenAddress(owner, mint, tokenProgram))]);
    const readAtMs = this.#deps.nowMs();
    const byAccount = holdersRead(await largest, vaults, { isByOwner: false, readAtMs });
    const merged = (await owners) ?? null;
    const byOwner =
      byAccount === null || merged === null
        ? null
        : {
            ...byAccount,
            ...holdersRead(merged.holders, vaults, { isByOwner: merged.areAllKnown, readAtMs }),
            isComplete: byAccount.isComplete,
          };
    // Owners tell more than accounts; without them the accounts are judged.
    const holder = seen === undefined ? (byOwner ?? byAccount) : seen.holders;
    const price = solPriceFrom(read(PYTH_SOL_USD), slot, this.#deps.nowMs(), this.#deps.parameters.solPriceMaxAgeMs);
    const found = await origin;
    const evidence: Evidence = {
      candidate: this.#candidate,
      supply,
      creator,
      creatorHolds: holds,
      holders: holderShares(supply, holder === null ? null : asHolders(holder), new Set(), holds),
      creation: found?.creation ?? null,
      fundings: found?.fundings ?? [],
      trades: (await swaps)?.gates ?? [],
      reserves: poolVerdict.reserves === null ? null : { slot, ...poolVerdict.reserves },
      known: knownOf((await creatorRecord) ?? null, mint),
    };
    const newestPage = await curveHistory;
    const observations: Observations = {
      asOfSlot: slot,
      candidate: this.#candidate,
      accounts: [
        {
          slot,
          supply,
          isMayhem: poolVerdict.pool?.isMayhemMode ?? null,
          reserves: poolVerdict.reserves,
          creator,
          creatorHolds: holds,
          solUsd: seen === undefined ? (price.ok ? price.value.usd : null) : seen.solUsd,
        },
      ],
      holders: holder === null ? [] : [holder],
      curveHistory: found?.history ?? historyOf(newestPage),
      poolHistory: historyOf(await poolHistory),
      creation: found?.creation ?? null,
      trades: (await swaps)?.features ?? null,
      social: await social,
      moods: (await moods) ?? [],
      creatorRecord: (await creatorRecord) ?? null,
      marketRecord: (await marketRecord) ?? null,
      asOfMs: this.#deps.nowMs(),
    };
    const findings = [...gates, ...judgeBehaviour(evidence)];
    return ok({ observations, findings, isSound: sound, lacking: reads.lacking, rpcCalls: reads.rpcCalls });
  }

  /** The creator's account of the token: "none" when it does not exist, null when unknown. */
  async #creatorAccount(
    creator: Address | null,
    tokenProgram: Address,
    read: (address: Address) => AccountInfo | null,
    sound: boolean,
  ): Promise<AccountInfo | "none" | null> {
    if (creator === null) return null;
    const address = associatedTokenAddress(creator, this.#candidate.graduation.mint, tokenProgram);
    if (creator === this.#candidate.creator) return read(address) ?? "none";
    if (!sound) return null;
    const reply = await this.#reads.soft(
      "creator",
      this.#reads.call("state", () => this.#deps.rpc.getAccounts([address])),
    );
    return reply === null ? null : (reply.accounts[0] ?? "none");
  }

  /** The largest holders by owner; null when they or their owners are late. */
  async #owners(largest: readonly TokenHolder[] | null): Promise<Owners | null> {
    if (largest === null || largest.length === 0 || this.#reads.left === 0) return null;
    const list = largest.slice(0, MAX_HOLDERS);
    const reply = await this.#reads.soft(
      "holder owners",
      this.#reads.call("state", () => this.#deps.rpc.getAccounts(list.map(({ address }) => address))),
    );
    if (reply === null) return null;
    const ownerOf = new Map<Address, Address>();
    for (const [i, { address }] of list.entries()) {
      const account = decodeTokenAccount(reply.accounts[i]?.data ?? new Uint8Array());
      if (account.ok) ownerOf.set(address, account.value.owner);
    }
    return { holders: mergeByOwner(list, ownerOf), areAllKnown: ownerOf.size === list.length };
  }

  async #swaps(history: readonly SignatureInfo[] | null, asOfSlot: number): Promise<Swaps | null> {
    if (history === null) return null;
    return readSwaps(history, asOfSlot, this.#candidate.graduation, FAILED_SWAPS, this.#deps.rpc, this.#reads);
  }

  /** The creation slot, the curve's history as far as it was read for it, and who funded the slot's buyers. */
  async #origin(history: readonly SignatureInfo[] | null, creator: Address | null): Promise<Origin | null> {
    if (history === null) return null;
    const { rpc } = this.#deps;
    const rows = await readCurveHistory(history, this.#candidate.graduation, rpc, this.#reads);
    if (rows === null) return null;
    const creation = await readCreationSlot(rows, this.#candidate.graduation, creator, rpc, this.#reads);
    const fundings =
      creation === null ? [] : await readFundings(creation, rpc, this.#reads, this.#deps.fundings ?? null, this.#deps.nowMs());
    return { history: { rows, isComplete: true }, creation, fundings };
  }

  async #record<T>(ask: (source: RecordSource) => Promise<Result<T>>): Promise<T | null> {
    const { records } = this.#deps;
    return records == null ? null : this.#reads.soft("own records", ask(records));
  }

  async #moods(social: Promise<SocialSample | null> | null): Promise<readonly MoodRead[] | null> {
    const { classify } = this.#deps;
    const sample = await social;
    if (classify == null || sample === null || sample.posts.length === 0) return null;
    return this.#reads.soft("classifiers", classify(sample, this.#candidate));
  }

  async #posts(): Promise<SocialSample | null> {
    const { social } = this.#deps;
    if (social === null) {
      this.#reads.note("posts", "not configured");
      return null;
    }
    const { graduation, symbol } = this.#candidate;
    return await this.#reads.soft("posts", social.sample({ mint: graduation.mint, symbol }));
  }
}

interface Owners {
  readonly holders: readonly Holder[];
  readonly areAllKnown: boolean;
}

interface Origin {
  readonly history: SignatureHistory;
  readonly creation: CreationSlot | null;
  readonly fundings: readonly Funding[];
}
