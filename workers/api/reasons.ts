import { REASONS, type ReasonCode } from "../../domain/reasons.ts";

/** Fields that hold a reason code. */
const CODE_FIELDS: ReadonlySet<string> = new Set(["code", "reason", "exitReason", "stateReason"]);

export interface WithReasons {
  /** The text of every reason code on the page. */
  readonly reasons: Readonly<Record<string, string>>;
}

/** A page with the text of every reason code that its items name, so that code and text are read together. */
export function withReasons<Page extends { readonly items: readonly object[] }>(page: Page): Page & WithReasons {
  const reasons: Record<string, string> = {};
  const collect = (value: unknown, field: string): void => {
    if (typeof value === "string") {
      if (CODE_FIELDS.has(field) && Object.hasOwn(REASONS, value)) reasons[value] = REASONS[value as ReasonCode];
    } else if (Array.isArray(value)) for (const item of value) collect(item, field);
    else if (typeof value === "object" && value !== null) for (const [name, part] of Object.entries(value)) collect(part, name);
  };
  collect(page.items, "");
  return { ...page, reasons };
}
