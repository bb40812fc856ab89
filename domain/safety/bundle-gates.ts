import type { Finding } from "../scoring/assessment.ts";
import type { Address } from "../units.ts";
import { hard, percent, shareOf, soft } from "./findings.ts";
import type { CreationSlot, Funding } from "./history.ts";

/**
 * Shares of the supply bought in the creation slot. Of 42 launches that were verified by hand, all 42
 * were bought up there, at a median of 79 % by four or five wallets (searadacunha, 2026).
 */
export const BUNDLE = { soft: 0.1, hard: 0.4 } as const;
/** Wallets with one funder, and their share of the supply together. */
export const FUNDED = { wallets: 3, soft: 0.02, hard: 0.3 } as const;
/** Longest chain of transfers that is followed back from a wallet. */
const MAX_FUNDING_HOPS = 8;

export interface BundleInputs {
  readonly supply: bigint | null;
  /** Null when the creation slot could not be read: no finding, and not clean either. */
  readonly creation: CreationSlot | null;
  /** Transfers that are known, whoever's they are; the ones that funded the buyers count. */
  readonly fundings: readonly Funding[];
}

/** Wallets other than the creator that bought in the creation slot, with what they bought net of sales, largest first. */
export function bundleWallets(creation: CreationSlot): ReadonlyArray<{ readonly wallet: Address; readonly tokens: bigint }> {
  const bought = new Map<Address, bigint>();
  for (const { user, side, tokenAmount } of creation.trades) {
    if (creation.creators.includes(user)) continue;
    bought.set(user, (bought.get(user) ?? 0n) + (side === "buy" ? tokenAmount : -tokenAmount));
  }
  return [...bought]
    .map(([wallet, tokens]) => ({ wallet, tokens }))
    .filter(({ tokens }) => tokens > 0n)
    .sort((a, b) => (a.tokens < b.tokens ? 1 : a.tokens > b.tokens ? -1 : 0));
}

/** Gates of the creation slot: what its buyers took of the supply, and whether one wallet stands behind them. */
export function judgeBundle({ supply, creation, fundings }: BundleInputs): Finding[] {
  if (creation === null || supply === null || supply <= 0n) return [];
  const wallets = bundleWallets(creation);
  const findings: Finding[] = [];
  const share = shareOf(sum(wallets), supply);
  const atLeast = creation.isComplete ? "" : "at least ";
  if (share >= BUNDLE.soft) {
    const detail = `${wallets.length} ${wallets.length === 1 ? "wallet" : "wallets"}, ${atLeast}${percent(share)} of the supply`;
    findings.push(share >= BUNDLE.hard ? hard("CREATION_BUNDLE", detail) : soft("CREATION_BUNDLE", detail));
  }
  const paid = creation.trades
    .filter(({ user, payer }) => user !== payer)
    .map(({ user, payer }) => ({ from: payer, to: user, lamports: 0n }));
  const group = largestGroup(wallets, [...paid, ...fundings]);
  if (group !== null) {
    const funded = shareOf(sum(group.wallets), supply);
    const detail = `${group.funder} funded ${group.wallets.length} wallets, ${percent(funded)} of the supply`;
    if (funded >= FUNDED.hard) findings.push(hard("COMMON_FUNDER", detail));
    else if (funded >= FUNDED.soft) findings.push(soft("COMMON_FUNDER", detail));
  }
  return findings;
}

type Bundle = ReturnType<typeof bundleWallets>;

function sum(wallets: Bundle): bigint {
  return wallets.reduce((total, { tokens }) => total + tokens, 0n);
}

/** The most wallets behind one funder, directly or through others; null when no funder has three. */
function largestGroup(wallets: Bundle, fundings: readonly Funding[]): { readonly funder: Address; readonly wallets: Bundle } | null {
  const funders = new Map<Address, Set<Address>>();
  for (const { from, to } of fundings) funders.set(to, (funders.get(to) ?? new Set()).add(from));
  const behind = new Map<Address, Bundle[number][]>();
  for (const holder of wallets) {
    for (const funder of ancestors(holder.wallet, funders)) behind.set(funder, [...(behind.get(funder) ?? []), holder]);
  }
  let best: { readonly funder: Address; readonly wallets: Bundle } | null = null;
  for (const [funder, group] of behind) {
    if (group.length >= FUNDED.wallets && (best === null || group.length > best.wallets.length)) best = { funder, wallets: group };
  }
  return best;
}

/** Everyone that a wallet's money came through. */
function ancestors(wallet: Address, funders: ReadonlyMap<Address, ReadonlySet<Address>>): Set<Address> {
  const found = new Set<Address>();
  let level = [wallet];
  for (let hop = 0; hop < MAX_FUNDING_HOPS && level.length > 0; hop++) {
    const next = level.flatMap((one) => [...(funders.get(one) ?? [])]).filter((one) => one !== wallet && !found.has(one));
    for (const one of next) found.add(one);
    level = [...new Set(next)];
  }
  return found;
}
