import type { ReactNode } from "react";

export type Tone = "neutral" | "gain" | "loss" | "warn" | "accent";

const TONES: Readonly<Record<Tone, string>> = {
  neutral: "text-soft bg-raised border-line",
  gain: "text-gain bg-gain/10 border-gain/25",
  loss: "text-loss bg-loss/10 border-loss/25",
  warn: "text-warn bg-warn/10 border-warn/25",
  accent: "text-accent bg-accent/10 border-accent/25",
};

/** A short state word. The colour repeats what the word says. */
export function Chip({
  tone = "neutral",
  title,
  children,
}: {
  readonly tone?: Tone;
  readonly title?: string;
  readonly children: ReactNode;
}) {
  return (
    <span title={title} className={`inline-block whitespace-nowrap rounded border px-1.5 text-micro font-medium ${TONES[tone]}`}>
      {children}
    </span>
  );
}

/** Text colour of an amount's sign. */
export function signTone(value: bigint | number | null): string {
  if (value === null || value === 0 || value === 0n) return "";
  return value > 0 ? "text-gain" : "text-loss";
}
