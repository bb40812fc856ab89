import { useState } from "react";
import { shortAddress } from "../lib/format.ts";
import { readableText, SYMBOL_MAX } from "../lib/text.ts";

/** How long the copy button confirms. */
const CONFIRM_MS = 1_200;

/** A token's own symbol, as isolated plain text. */
export function TokenSymbol({ text }: { readonly text: string }) {
  const readable = readableText(text, SYMBOL_MAX);
  return readable === "" ? (
    <span className="text-faint">unnamed</span>
  ) : (
    <bdi className="inline-block max-w-28 overflow-clip text-ellipsis whitespace-nowrap align-bottom font-medium">{readable}</bdi>
  );
}

/** A shortened address with a button that copies the whole. */
export function Address({ address, what }: { readonly address: string; readonly what: string }) {
  const [isCopied, setCopied] = useState(false);
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(address);
    setCopied(true);
    setTimeout(() => setCopied(false), CONFIRM_MS);
  }
  const short = shortAddress(address);
  // Absent on pages served over plain HTTP from another machine.
  if (navigator.clipboard === undefined) {
    return (
      <span title={address} className="whitespace-nowrap font-mono text-micro text-faint">
        {short}
      </span>
    );
  }
  return (
    <button
      type="button"
      title={`${address} – copy`}
      aria-label={isCopied ? `${what} copied` : `Copy ${what} ${short}`}
      onClick={() => void copy().catch(() => undefined)}
      className="inline-flex items-center gap-1 whitespace-nowrap rounded-sm font-mono text-micro text-faint hover:text-ink"
    >
      {short}
      <svg aria-hidden="true" viewBox="0 0 16 16" className={`size-3 ${isCopied ? "text-gain" : ""}`} fill="none" stroke="currentColor">
        {isCopied ? <path d="m3 8.5 3.2 3.2L13 5" strokeWidth="1.6" /> : <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" strokeWidth="1.2" />}
      </svg>
    </button>
  );
}

/** Symbol and mint of a token in one line. */
export function Token({ symbol, mint }: { readonly symbol: string; readonly mint: string }) {
  return (
    <span className="flex items-center gap-x-2 whitespace-nowrap max-sm:flex-col max-sm:items-start">
      <TokenSymbol text={symbol} />
      <Address address={mint} what="mint address" />
    </span>
  );
}
