import type { AccountInfo, Rpc, SignatureInfo } from "../../adapters/rpc/client.ts";
import { solPriceFrom } from "../../adapters/rpc/sol-price.ts";
import type { Candidate } from "../../domain/candidate.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import { hasVeto } from "../../domain/safety/findings.ts";
import { holderShares, judgeHolders } from "../../domain/safety/holder-gates.ts";
import { judgeMint } from "../../domain/safety/mint-gates.ts";
import { creatorOf, judgePool, type PoolJudgement } from "../../domain/safety/pool-gates.ts";
import type { Finding } from "../../domain/scoring/assessment.ts";
import {
  HISTORY_PAGE,
  MAX_RPC_CALLS,
  type Observations,
  type ObservedTrade,
  type SignatureHistory,
  tradesIn,
} from "../../domain/scoring/observations.ts";
import type { SocialSample, SocialSource } from "../../domain/sentiment/social.ts";
import { associatedTokenAddress } from "../../domain/solana/address.ts";
import { decodeTransaction } from "../../domain/solana/decode.ts";
import { PYTH_SOL_USD, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WSOL_MINT } from "../../domain/solana/programs.ts";
import { decodeTokenAccount } from "../../domain/solana/token.ts";
import { parseTransaction } from "../../domain/solana/transaction.ts";
import type { Parameters } from "../../domain/trading/parameters.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import { lpMintAddress } from "../../domain/venues/pdas.ts";
import { type Deadline, startDeadline } from "./deadline.ts";

/** The hard deadline is this many times the soft one. */
const HARD_FACTOR = 2;

export interface CollectDeps {
  readonly rpc: Rpc;
  readonly social: SocialSource | null;
  readonly parameters: Pick<Parameters, "minLiquidityUsd" | "solPriceMaxAgeMs">;
  readonly nowMs: () => UnixMs;
  /** Soft deadline: what is later is missing. Accounts are waited for twice as long. */
  readonly deadlineMs: number;
}

export interface Collected {
  readonly observations: Observations;
  readonly findings: readonly Finding[];
  /** Sources that gave nothing, with the reason: `source:<name> (<code>)`. */
  readonly lacking: readonly string[];
  readonly rpcCalls: number;
}

/**
 * Reads what the gates and features need: one batch of accounts, the largest holders and two
 * histories at once, then, if no gate vetoes, the newest swaps and the posts. Refuses with
 * RPC_UNAVAILABLE or UPSTREAM_MALFORMED when the accounts cannot be read: without them there is no
 * judgement. Everything else may be missing.
 */
export async function collect(candidate: Candidate, deps: CollectDeps): Promise<Result<Collected>> {
  const deadline = startDeadline(deps.deadlineMs, deps.deadlineMs * HARD_FACTOR);
  try {
    return await new Collector(candidate, deps, deadline).run();
  } finally {
    deadline.stop();
  }
}

class Collector {
  readonly #candidate: Candidate;
  readonly #deps: CollectDeps;
  readonly #deadline: Deadline;
  readonly #lacking: string[] = [];
  #rpcCalls = 0;

  constructor(candidate: Candidate, deps: CollectDeps, deadline: Deadline) {
    this.#candidate = candidate;
    this.#deps = deps;
    this.#deadline = deadline;
  }

  async run(): Promise<Result<Collected>> {
    const { rpc, parameters } = this.#deps;
    const { mint, pool, bondingCurve } = this.#candidate.graduation;
    const addresses = this.#addresses();
    const reading = this.#call(() => rpc.getAccounts(addresses));
    const largest = this.#soft(
      "holders",
      this.#call(() => rpc.getTokenLargestAccounts(mint)),
    );
    const curveHistory = this.#soft(
      "curve history",
      this.#call(() => rpc.getSignaturesForAddress(bondingCurve, { limit: HISTORY_PAGE })),
    );
    const poolHistory = this.#soft(
      "pool history",
      this.#call(() => rpc.getSignaturesForAddress(pool, { limit: HISTORY_PAGE })),
    );

    const reply = await this.#deadline.hard(reading);
    if (reply === null) return refuse("RPC_UNAVAILABLE", "accounts: no answer in time");
    if (!reply.ok) return reply;
    const { slot } = reply.value;
    const accounts = new Map(addresses.map((address, i) => [address, reply.value.accounts[i] ?? null]));
    const read = (address: Address) => accounts.get(address) ?? null;

    const mintVerdict = judgeMint(mint, read(mint));
    const tokenProgram = mintVerdict.tokenProgram ?? TOKEN_2022_PROGRAM;
    const poolVerdict = judgePool({
      mint,
      pool,
      tokenProgram: mintVerdict.tokenProgram,
      mintSupply: mintVerdict.mint?.supply ?? null,
      poolAccount: read(pool),
      baseVault: read(associatedTokenAddress(pool, mint, tokenProgram)),
      quoteVault: read(associatedTokenAddress(pool, WSOL_MINT, TOKEN_PROGRAM)),
      lpMint: read(lpMintAddress(pool)),
      curve: read(bondingCurve),
      solUsd: this.#candidate.solUsd,
      minLiquidityUsd: parameters.minLiquidityUsd,
      discoveredLiquidityLamports: this.#candidate.liquidityLamports,
      opening: this.#candidate.graduation,
    });
    const gates = [...mintVerdict.findings, ...poolVerdict.findings];
    const sound = !hasVeto(gates);

    const creatorAccount = this.#creatorAccount(poolVerdict, tokenProgram, read, sound);
    const social = sound ? this.#posts() : null;
    const trades = sound ? this.#newestTrades(await poolHistory, slot) : null;

    const supply = mintVerdict.mint?.supply ?? null;
    const excluded = new Set([pool, bondingCurve].map((owner) => associatedTokenAddress(owner, mint, tokenProgram)));
    const holders = holderShares(supply, await largest, excluded, amountOf(await creatorAccount));
    const price = solPriceFrom(read(PYTH_SOL_USD), slot, this.#deps.nowMs(), parameters.solPriceMaxAgeMs);
    const observations: Observations = {
      asOfSlot: slot,
      candidate: this.#candidate,
      supply,
      isMayhem: poolVerdict.pool?.isMayhemMode ?? null,
      reserves: poolVerdict.reserves,
      holders,
      curveHistory: historyOf(await curveHistory),
      poolHistory: historyOf(await poolHistory),
      solUsd: price.ok ? price.value.usd : null,
      trades: await trades,
      social: await social,
      asOfMs: this.#deps.nowMs(),
    };
    return ok({ observations, findings: [...gates, ...judgeHolders(holders)], lacking: this.#lacking, rpcCalls: this.#rpcCalls });
  }

  /** Both token programs' variants, since the mint's owner is only known from the answer. */
  #addresses(): Address[] {
    const { mint, pool, bondingCurve } = this.#candidate.graduation;
    const { creator } = this.#candidate;
    const owners = creator === null ? [pool] : [pool, creator];
    const tokenAccounts = owners.flatMap((owner) =>
      [TOKEN_2022_PROGRAM, TOKEN_PROGRAM].map((program) => associatedTokenAddress(owner, mint, program)),
    );
    const quoteVault = associatedTokenAddress(pool, WSOL_MINT, TOKEN_PROGRAM);
    return [mint, pool, bondingCurve, quoteVault, lpMintAddress(pool), PYTH_SOL_USD, ...tokenAccounts];
  }

  /** The creator's account of the token: "none" when it does not exist, null when unknown. */
  async #creatorAccount(
    { pool, curve }: PoolJudgement,
    tokenProgram: Address,
    read: (address: Address) => AccountInfo | null,
    sound: boolean,
  ): Promise<AccountInfo | "none" | null> {
    const creator = creatorOf(pool, curve, this.#candidate.creator);
    if (creator === null) return null;
    const address = associatedTokenAddress(creator, this.#candidate.graduation.mint, tokenProgram);
    if (creator === this.#candidate.creator) return read(address) ?? "none";
    if (!sound) return null;
    const reply = await this.#soft(
      "creator",
      this.#call(() => this.#deps.rpc.getAccounts([address])),
    );
    return reply === null ? null : (reply.accounts[0] ?? "none");
  }

  /** Swaps of the pool's newest transactions, as many as the call bound leaves. */
  async #newestTrades(history: readonly SignatureInfo[] | null, asOfSlot: number): Promise<readonly ObservedTrade[] | null> {
    if (history === null) return null;
    const { pool, signature: migration } = this.#candidate.graduation;
    const newest = history
      .filter((row) => !row.failed && row.slot <= asOfSlot && row.signature !== migration)
      .slice(0, MAX_RPC_CALLS - this.#rpcCalls);
    if (newest.length === 0) return null;
    const decoded = await Promise.all(
      newest.map(async ({ signature }) => {
        const json = await this.#soft(
          "pool trades",
          this.#call(() => this.#deps.rpc.getTransaction(signature)),
        );
        const parsed = json == null ? null : parseTransaction(json);
        return parsed?.ok === true ? tradesIn(parsed.value, decodeTransaction(parsed.value), pool) : [];
      }),
    );
    return decoded.flat();
  }

  async #posts(): Promise<SocialSample | null> {
    const { social } = this.#deps;
    if (social === null) {
      this.#lacking.push("source:posts (not configured)");
      return null;
    }
    const { graduation, symbol } = this.#candidate;
    return await this.#soft("posts", social.sample({ mint: graduation.mint, symbol }));
  }

  #call<T>(send: () => Promise<T>): Promise<T> {
    this.#rpcCalls++;
    return send();
  }

  /** The value if it comes before the soft deadline; else null, and the source is noted. */
  async #soft<T>(source: string, work: Promise<Result<T>>): Promise<T | null> {
    const result = await this.#deadline.soft(work.catch((): Result<T> => refuse("UPSTREAM_FAILED")));
    if (result?.ok === true) return result.value;
    const note = `source:${source} (${result === null ? "late" : result.reason})`;
    if (!this.#lacking.includes(note)) this.#lacking.push(note);
    return null;
  }
}

function amountOf(account: AccountInfo | "none" | null): bigint | null {
  if (account === null) return null;
  if (account === "none") return 0n;
  const decoded = decodeTokenAccount(account.data);
  return decoded.ok ? decoded.value.amount : null;
}

function historyOf(rows: readonly SignatureInfo[] | null): SignatureHistory | null {
  return rows === null ? null : { rows, isComplete: rows.length < HISTORY_PAGE };
}
