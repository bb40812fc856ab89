import { z } from "@hono/zod-openapi";
import { REASONS, type ReasonCode } from "../../../domain/reasons.ts";

/** A reason code of `domain/reasons.ts`. */
export const reasonCode = z.enum(Object.keys(REASONS) as [ReasonCode, ...ReasonCode[]]).openapi("ReasonCode");

export const tradingMode = z.enum(["paper", "live"]);
export const tradingState = z.enum(["ACTIVE", "REDUCING", "HALTED"]);
export const lamports = z.string().openapi({ description: "Lamports as a decimal string", example: "1500000000" });
export const unixMs = z.number().openapi({ description: "Unix milliseconds", example: 1_790_000_000_000 });

export function list<Item extends z.ZodType>(item: Item) {
  return z.array(item).readonly();
}

export const problem = z
  .object({ type: z.string(), title: z.string(), status: z.number(), detail: z.string().exactOptional(), reason: reasonCode })
  .openapi("Problem", { description: "RFC 9457 problem details with a reason code" });

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: list(item), next: z.string().nullable() });
}

/** As `pageOf`, for items that name reason codes. */
export function reasonedPageOf<Item extends z.ZodType>(item: Item) {
  return pageOf(item).extend({
    reasons: z.record(z.string(), z.string()).openapi({ description: "The text of every reason code on the page" }),
  });
}

/** Largest page; also the most points of one equity curve. */
export const PAGE_MAX = 500;

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(100),
  before: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({ description: "`next` of the page before; without it the newest page" }),
});
