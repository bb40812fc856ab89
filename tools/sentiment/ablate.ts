/**
 * `node sentiment/ablate.ts ROWS.jsonl`: whether the mood of Workers AI, or of the student, would improve on the overlay's
 * in telling which tokens won. A row is {"atMs", "group", "won", "features": {"sentimentMean", "sentimentAi",
 * "sentimentStudent"}}: a decision's features as recorded, its creator or mint as the group, its label as the outcome.
 */
import { createReadStream } from "node:fs";
import { z } from "zod";
import { readLines } from "../../cli/text/lines.ts";
import { ablateMood, type MoodOutcome } from "../../domain/sentiment/ablation.ts";

const mood = z.number().min(-1).max(1).nullish();
const row = z.object({
  atMs: z.number(),
  group: z.string().max(100),
  won: z.boolean(),
  features: z.object({ sentimentMean: mood, sentimentAi: mood, sentimentStudent: mood }),
});

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error("usage: node sentiment/ablate.ts ROWS.jsonl");
  process.exit(2);
}
const rows: Array<z.output<typeof row>> = [];
let unreadable = 0;
for await (const line of readLines(createReadStream(file))) {
  const parsed = row.safeParse(line.ok ? parse(line.value) : null);
  if (parsed.success) rows.push(parsed.data);
  else unreadable++;
}
console.log(`${rows.length} rows, ${unreadable} unreadable`);
for (const name of ["sentimentAi", "sentimentStudent"] as const) {
  const outcomes: MoodOutcome[] = rows.map(({ features, ...rest }) => ({
    ...rest,
    used: features.sentimentMean ?? null,
    other: features[name] ?? null,
  }));
  const { rows: known, verdict, weight, chosen, aucUsed, aucBlended, gainAtLeast } = ablateMood(outcomes);
  const figures =
    gainAtLeast === null
      ? ""
      : `; later rows: AUC ${aucUsed?.toFixed(4)} without, ${aucBlended?.toFixed(4)} with a share of ${chosen}, gain at least ${gainAtLeast.toFixed(4)}`;
  console.log(`${name}: ${verdict} (${known} rows with both moods${figures}); weight ${weight}`);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
