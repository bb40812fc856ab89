import { z } from "zod";
import { isAddress, isSignature } from "../../domain/solana/address.ts";
import type { Address, Signature } from "../../domain/units.ts";
import { invalidParams } from "./rpc-errors.ts";

export const commitmentSchema = z.enum(["processed", "confirmed", "finalized"]).default("finalized");
export type Commitment = z.infer<typeof commitmentSchema>;

const range = { limit: z.number().int().min(1).max(1_000).default(1_000), before: z.string().nullish(), until: z.string().nullish() };

/** The options of every method, read leniently: nodes ignore what they do not know. */
export const configSchema = z
  .object({
    commitment: commitmentSchema,
    encoding: z.enum(["base64", "base58", "json", "jsonParsed", "base64+zstd"]).optional(),
    dataSlice: z.object({ offset: z.number().int().min(0), length: z.number().int().min(0) }).nullish(),
    maxSupportedTransactionVersion: z.number().nullish(),
    searchTransactionHistory: z.boolean().optional(),
    skipPreflight: z.boolean().default(false),
    sigVerify: z.boolean().default(false),
    replaceRecentBlockhash: z.boolean().default(false),
    accounts: z.object({ addresses: z.array(z.string()).max(64) }).nullish(),
    mint: z.string().optional(),
    programId: z.string().optional(),
    withContext: z.boolean().default(false),
    filters: z
      .array(
        z.union([
          z.object({ dataSize: z.number().int() }),
          z.object({ memcmp: z.object({ offset: z.number().int().min(0), bytes: z.string() }) }),
        ]),
      )
      .max(4)
      .nullish(),
    ...range,
  })
  .partial({ limit: true });
export type RpcConfig = z.infer<typeof configSchema>;

/** The options object at a position of the parameters; defaults when it is absent. */
export function configAt(params: readonly unknown[], index: number): RpcConfig {
  const parsed = configSchema.safeParse(params[index] ?? {});
  return parsed.success ? parsed.data : invalidParams(`Invalid params: ${parsed.error.issues[0]?.path.join(".") ?? "options"}`);
}

/** The address at a position of the parameters. */
export function addressAt(params: readonly unknown[], index: number): Address {
  const value = params[index];
  return isAddress(value) ? value : invalidParams("Invalid param: WrongSize");
}

/** The signature at a position of the parameters. */
export function signatureAt(params: readonly unknown[], index: number): Signature {
  const value = params[index];
  return isSignature(value) ? value : invalidParams("Invalid param: Invalid");
}

/** A list of addresses of at most `max`. */
export function addressesAt(params: readonly unknown[], index: number, max: number): Address[] {
  const value = params[index];
  if (!Array.isArray(value)) return invalidParams("Invalid params: expected a list of addresses");
  if (value.length > max) return invalidParams(`Too many inputs provided; max ${max}`);
  return value.map((entry) => (isAddress(entry) ? entry : invalidParams("Invalid param: WrongSize")));
}

/** The text at a position of the parameters. */
export function textAt(params: readonly unknown[], index: number): string {
  const value = params[index];
  return typeof value === "string" ? value : invalidParams("Invalid params: expected a string");
}
