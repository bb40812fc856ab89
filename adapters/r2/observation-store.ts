import { plainJson } from "../../domain/json.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { Observations, SignatureHistory } from "../../domain/scoring/observations.ts";
import type { Address, UnixMs } from "../../domain/units.ts";
import { newestObject, type SampleBucket, sampleKey } from "../x/recorder.ts";

const PREFIX = "observations/v1/";
/** Three pages of signatures and a day of coins have 200 kB; strangers' names can make it more. */
const MAX_BYTES = 2_000_000;

/**
 * Keeps what one judgement was made from, as one object named by its coin and moment; one that is there stays as
 * it is. Posts are not in it: `recordSample` keeps them, and they are named here. Too much of it is refused, not
 * cut: anything else is not what was seen. Never throws.
 */
export async function recordObservations(bucket: SampleBucket, observed: Observations): Promise<Result<string>> {
  const { social, curveHistory, poolHistory } = observed;
  const observations = { ...observed, curveHistory: rowsOnly(curveHistory), poolHistory: rowsOnly(poolHistory), social: null };
  const bytes = new TextEncoder().encode(plainJson({ v: 1, postsFetchedAtMs: social?.fetchedAtMs ?? null, observations }));
  if (bytes.byteLength > MAX_BYTES) return refuse("REQUEST_INVALID", `observations of ${bytes.byteLength} bytes`);
  const key = sampleKey(observed.candidate.graduation.mint, observed.asOfMs, PREFIX);
  try {
    await bucket.put(key, bytes, { onlyIf: { etagDoesNotMatch: "*" }, httpMetadata: { contentType: "application/json" } });
    return ok(key);
  } catch (error) {
    return refuse("UPSTREAM_FAILED", error instanceof Error ? error.name : "failed");
  }
}

/**
 * The newest judgement of a coin up to a moment, as JSON text `{"record": ..., "posts": ...}` of both stored objects;
 * null when there is none. Throws when the bucket does.
 */
export async function findObservations(bucket: Pick<SampleBucket, "list" | "get">, mint: Address, untilMs: UnixMs): Promise<string | null> {
  const object = await newestObject(bucket, mint, 0, untilMs, PREFIX);
  if (object === null) return null;
  const record = await object.text();
  const { postsFetchedAtMs } = JSON.parse(record) as { readonly postsFetchedAtMs: number | null };
  const posts = postsFetchedAtMs === null ? null : await bucket.get(sampleKey(mint, postsFetchedAtMs));
  return `{"record":${record},"posts":${posts === null ? "null" : await posts.text()}}`;
}

/** Signatures themselves are not looked at, and are most of the bytes. */
function rowsOnly(history: SignatureHistory | null): SignatureHistory | null {
  return history && { ...history, rows: history.rows.map(({ slot, failed }) => ({ slot, failed })) };
}
