import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The two files, relative to the checkout. */
export const PAPER_CONFIG = "wrangler.toml";
export const LIVE_CONFIG = "wrangler.live.toml";

const HEAD = "# wrangler.toml with the signer bound and MODE raised: `npm run config:live` writes this file, a test keeps it so.";
const MODE = /^(?:# [^\n]*\n)*MODE = "paper"$/m;
const BINDING = `[[services]]
binding = "SIGNER"
service = "sniper-signer"
entrypoint = "Signer"

`;

/**
 * The configuration of a live deployment from that of a paper one: the ceiling raised, the signer bound, and
 * nothing else changed. Throws when the paper configuration no longer has the places that differ.
 */
export function liveConfig(paper: string): string {
  const body = replaceOnce(replaceOnce(paper, MODE, 'MODE = "live"'), /^(?=\[triggers\]$)/m, BINDING);
  return `${HEAD}\n${body}`;
}

function replaceOnce(text: string, place: RegExp, by: string): string {
  const count = [...text.matchAll(new RegExp(place, "gm"))].length;
  if (count !== 1) throw new Error(`${PAPER_CONFIG} has ${count} places like ${place}, not one`);
  return text.replace(place, by);
}

if (import.meta.main) {
  const root = join(import.meta.dirname, "..");
  writeFileSync(join(root, LIVE_CONFIG), liveConfig(readFileSync(join(root, PAPER_CONFIG), "utf8")));
}
