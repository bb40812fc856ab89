import { providersFromEnv, senderFromEnv } from "../../adapters/env.ts";
import { loadControl } from "../../adapters/r2/control-log.ts";
import type { Providers, ProviderView } from "../../adapters/rpc/providers.ts";
import { signerFromEnv } from "../../adapters/signer.ts";
import type { BooksFacts, PreflightFacts, ProviderFacts } from "../../domain/live/preflight.ts";
import { type Result, refuse } from "../../domain/result.ts";
import type { LedgerId } from "../../domain/trading/signal.ts";
import { type BooksAndWallet, readBooksAndWallet } from "./read-books.ts";
import { readClockSkewMs } from "./read-clock.ts";
import { type ProgramsWanted, readPrograms } from "./read-programs.ts";

/** The facts of a preflight, without the incidents, which the caller has, and the providers as people see them. */
export interface Gathered {
  readonly facts: Omit<PreflightFacts, "incidents"> & { readonly openPositions: number };
  readonly providers: readonly ProviderView[];
}

/** Asks signer, providers, programs, clock and books at once. What does not answer is a fact, too. Rejects only when R2 or an own object fails. */
export async function gatherFacts(env: Env, ledger: LedgerId, programs: ProgramsWanted): Promise<Gathered> {
  const providers = providersFromEnv(env);
  const signer = signerFromEnv(env);
  const [described, deployed, skew, views, hashes, control] = await Promise.all([
    signer === null ? null : signer.describe(),
    readPrograms(providers.rpc, programs),
    readClockSkewMs(providers.rpc, Date.now),
    providers.health(),
    genesisHashes(providers),
    loadControl(env, Date.now()),
  ]);
  const money: BooksAndWallet =
    described?.ok === true
      ? await readBooksAndWallet(env, ledger, providers.all, described.value.address)
      : { books: BUSY, walletLamports: refuse("SIGNER_UNAVAILABLE"), equityLamports: null, openPositions: 0 };
  return {
    facts: {
      ceiling: env.MODE === "live" ? "live" : "paper",
      network: env.NETWORK === "localnet" ? "localnet" : "mainnet",
      signer: described,
      walletLamports: money.walletLamports,
      parameters: control.active.parameters,
      equityLamports: money.equityLamports,
      openPositions: money.openPositions,
      hasSender: senderFromEnv(env) !== null,
      pins: programs.pins,
      programs: deployed.ok ? deployed.value : [],
      clockSkewMs: skew.ok ? skew.value : null,
      providers: views.map((view, index) => providerFacts(view, hashes[index] ?? null)),
      books: money.books,
    },
    providers: views,
  };
}

const BUSY: BooksFacts = { kind: "busy" };

function genesisHashes({ all }: Providers): Promise<Array<Result<string> | null>> {
  return Promise.all(all.map(({ rpc }) => rpc.getGenesisHash()));
}

function providerFacts(view: ProviderView, hash: Result<string> | null): ProviderFacts {
  const { name, slot, lagSlots, reason } = view;
  return { name, slot, lagSlots, reason, genesisHash: hash?.ok === true ? hash.value : null };
}
