import type { Rpc } from "../../adapters/rpc/client.ts";
import { ok, type Result, refuse } from "../../domain/result.ts";
import type { Address, UnixMs } from "../../domain/units.ts";

const CLOCK_SYSVAR: Address = "SysvarC1ock11111111111111111111111111111111";
/** Offset of `unix_timestamp` (i64, seconds) in the Clock sysvar: after slot, epoch start, epoch and leader-schedule epoch. */
const UNIX_TIMESTAMP_OFFSET = 32;

/** Our clock less the chain's, in milliseconds, at the moment of the answer. Refuses as the read does. */
export async function readClockSkewMs(rpc: Rpc, now: () => UnixMs): Promise<Result<number>> {
  const reply = await rpc.getAccounts([CLOCK_SYSVAR]);
  if (!reply.ok) return reply;
  const data = reply.value.accounts[0]?.data;
  if (data === undefined || data.length < UNIX_TIMESTAMP_OFFSET + 8) return refuse("UPSTREAM_MALFORMED", "no Clock sysvar");
  const seconds = new DataView(data.buffer, data.byteOffset).getBigInt64(UNIX_TIMESTAMP_OFFSET, true);
  return ok(now() - Number(seconds) * 1_000);
}
