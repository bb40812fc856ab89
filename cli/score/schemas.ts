import { z } from "zod";
import { REASONS, type ReasonCode } from "../../domain/reasons.ts";

/** Far above what one decision has of anything. */
export const MAX_ENTRIES = 1_000;
const MAX_TEXT = 1_000;

export const text = z.string().max(MAX_TEXT);
export const code = z.custom<ReasonCode>((value) => typeof value === "string" && Object.hasOwn(REASONS, value), "no known reason code");
export const list = <Item extends z.ZodType>(item: Item) => z.array(item).max(MAX_ENTRIES);
export const note = z.object({ code, detail: text.exactOptional() });
/** What the gates found. */
export const findingsSchema = list(note.extend({ severity: z.enum(["hard", "soft"]) }));
