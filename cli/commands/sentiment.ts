import { createReadStream } from "node:fs";
import { type Command, Option } from "commander";
import { cleanText } from "../../adapters/telegram/html.ts";
import { SCORERS, type Scorer } from "../../domain/sentiment/scorers.ts";
import type { Io } from "../output.ts";
import { describeFileError } from "../replay/json-files.ts";
import { readLines } from "../text/lines.ts";

/** Characters of a text shown beside its score. */
const SHOWN_CHARS = 60;

type ScorerName = keyof typeof SCORERS;

interface Options {
  readonly scorer: ScorerName;
  readonly json?: boolean;
}

/** Adds `sentiment` to the program. `input` stands for standard input. */
export function registerSentiment(program: Command, io: Io, input: () => AsyncIterable<Uint8Array> = () => process.stdin): void {
  program
    .command("sentiment")
    .description("score the mood of texts, one a line: compound from -1 to 1, and the shares neg, neu and pos")
    .argument("<file>", 'file of texts, or "-" for standard input')
    .addOption(new Option("--scorer <name>", "who scores").choices(Object.keys(SCORERS)).default("overlay"))
    .option("--json", "one JSON object a line: what was scored, or why it was not")
    .action(async (file: string, options: Options) => {
      const chunks: AsyncIterable<Uint8Array> = file === "-" ? input() : createReadStream(file);
      await scoreLines(chunks, SCORERS[options.scorer], options.json === true, io).catch((error: unknown) => {
        const line = `${file}: ${describeFileError(error)}`;
        if (options.json === true) io.out(JSON.stringify({ error: line }));
        else io.err(`error: ${line}`);
        io.fail(1);
      });
    });
}

/** Scores every line as it comes. A line that cannot be read is told in its place, and the exit code is 1. */
async function scoreLines(chunks: AsyncIterable<Uint8Array>, { name, score }: Scorer, json: boolean, io: Io): Promise<void> {
  if (!json) io.out(`compound    neg    neu    pos  ${name}`);
  let line = 0;
  for await (const reading of readLines(chunks)) {
    line++;
    if (!reading.ok) {
      io.fail(1);
      if (json) io.out(JSON.stringify({ line, scorer: name, error: reading.reason, detail: reading.detail }));
      else io.err(`line ${line}: ${reading.reason}: ${reading.detail}`);
      continue;
    }
    const { compound, neg, neu, pos } = score(reading.value);
    if (json) io.out(JSON.stringify({ line, scorer: name, compound, neg, neu, pos }));
    else
      io.out(
        `${compound.toFixed(4).padStart(8)}${[neg, neu, pos].map((share) => share.toFixed(3).padStart(7)).join("")}  ${shown(reading.value)}`,
      );
  }
}

/** The beginning of a stranger's text, made safe for a terminal. */
function shown(text: string): string {
  const head = cleanText(text.slice(0, SHOWN_CHARS)).trim();
  return text.length > SHOWN_CHARS ? `${head}…` : head;
}
