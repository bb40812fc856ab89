import { reasonDetail, reasonText } from "../lib/reasons.ts";
import { readableText } from "../lib/text.ts";

const CODE_MAX = 60;

/** A reason as every surface shows it: its text, its code, and what was added to it. */
export function Reason({ code, detail, className = "" }: { readonly code: string; readonly detail?: string; readonly className?: string }) {
  const text = reasonText(code);
  const shown = readableText(code, CODE_MAX);
  const added = reasonDetail(detail);
  return (
    <span className={className}>
      {text} {text !== shown && <span className="font-mono text-micro text-faint">{shown}</span>}
      {added !== "" && <bdi className="text-soft"> {added}</bdi>}
    </span>
  );
}
