import { ok, type Result, refuse } from "../../result.ts";
import { type Address, bpsOf } from "../../units.ts";
import type { Parameters } from "../parameters.ts";
import type { Holding } from "../portfolio-state.ts";
import { creatorKey } from "./risk-state.ts";

/** What is at risk already, at cost: reservations count like positions. */
export interface Exposure {
  readonly tokenLamports: bigint;
  readonly creatorLamports: bigint;
  readonly totalLamports: bigint;
  /** Put at risk within the last hour, whatever became of it. */
  readonly hourlyLamports: bigint;
}

/** Exposure as a signal's mint and creator meet it. */
export function exposureTo(
  { mint, creator }: { readonly mint: Address; readonly creator: Address | null },
  holdings: Iterable<Holding>,
  hourlyLamports: bigint,
): Exposure {
  let tokenLamports = 0n;
  let creatorLamports = 0n;
  let totalLamports = 0n;
  const key = creatorKey(creator);
  for (const holding of holdings) {
    totalLamports += holding.exposureLamports;
    if (holding.mint === mint) tokenLamports += holding.exposureLamports;
    if (creatorKey(holding.creator) === key) creatorLamports += holding.exposureLamports;
  }
  return { tokenLamports, creatorLamports, totalLamports, hourlyLamports };
}

type CapParameters = Pick<
  Parameters,
  "maxTokenExposureBps" | "maxCreatorExposureBps" | "maxExposureBps" | "maxHourlyExposureBps" | "minPositionLamports"
>;

/**
 * A size within all caps: what a cap has left where that is less, and a refusal where what is left
 * is no position any more. In order EXPOSURE_TOKEN, EXPOSURE_CREATOR, EXPOSURE_TOTAL, EXPOSURE_HOURLY.
 */
export function sizeWithinCaps(
  sizeLamports: bigint,
  exposure: Exposure,
  equityLamports: bigint,
  parameters: CapParameters,
): Result<bigint, "EXPOSURE_TOKEN" | "EXPOSURE_CREATOR" | "EXPOSURE_TOTAL" | "EXPOSURE_HOURLY"> {
  const caps = [
    { code: "EXPOSURE_TOKEN", usedLamports: exposure.tokenLamports, bps: parameters.maxTokenExposureBps },
    { code: "EXPOSURE_CREATOR", usedLamports: exposure.creatorLamports, bps: parameters.maxCreatorExposureBps },
    { code: "EXPOSURE_TOTAL", usedLamports: exposure.totalLamports, bps: parameters.maxExposureBps },
    { code: "EXPOSURE_HOURLY", usedLamports: exposure.hourlyLamports, bps: parameters.maxHourlyExposureBps },
  ] as const;
  let size = sizeLamports;
  for (const { code, usedLamports, bps } of caps) {
    const limitLamports = bpsOf(equityLamports, BigInt(bps));
    const left = limitLamports - usedLamports;
    if (left < BigInt(parameters.minPositionLamports)) return refuse(code, `${usedLamports} of ${limitLamports} lamports used`);
    if (left < size) size = left;
  }
  return ok(size);
}
