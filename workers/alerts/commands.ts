import { html } from "../../adapters/telegram/html.ts";
import { CONFIRM_COMMANDS } from "./commands/confirm.ts";
import type { Command, Desk } from "./commands/desk.ts";
import { FIGURE_COMMANDS } from "./commands/figures.ts";
import { LEARNING_COMMANDS } from "./commands/learning.ts";
import { LOOK_COMMANDS } from "./commands/look.ts";
import { RISK_COMMANDS } from "./commands/risk.ts";

const GROUPS: ReadonlyArray<Command["group"]> = ["Look", "Decisions and learning", "Risk", "Act", "Other"];

const help: Command = { name: "help", group: "Other", usage: "", text: "this list", answer: async () => helpText() };

/** Every command, as the help lists them. */
export const COMMANDS: readonly Command[] = [
  ...LOOK_COMMANDS,
  ...FIGURE_COMMANDS,
  ...LEARNING_COMMANDS,
  ...RISK_COMMANDS,
  ...CONFIRM_COMMANDS,
  help,
  { ...help, name: "start" },
];

/**
 * Answers a command with Telegram HTML; null for text that is no command of ours. A suffix `@botname` is
 * ignored, as Telegram adds it in groups. Telegram makes a single word a link that sends it, so the first
 * argument may be part of the word: `/ack_ID` is `/ack ID`.
 */
export async function answerCommand(text: string, desk: Desk): Promise<string | null> {
  const [word = ""] = text.trim().split(/\s+/, 1);
  const [, name = "", joined] = /^\/([a-z]+)(?:_(\w+))?(?:@\w+)?$/i.exec(word) ?? [];
  const command = COMMANDS.find((one) => one.name === name.toLowerCase());
  if (command === undefined) return null;
  const rest = `${joined ?? ""} ${text.trim().slice(word.length)}`.trim();
  return command.answer({ words: rest === "" ? [] : rest.split(/\s+/), rest }, desk);
}

function helpText(): string {
  return GROUPS.map((group) => {
    const lines = COMMANDS.filter((command) => command.group === group && command.name !== "start").map(
      ({ name, usage, text }) => html`/${name}${usage === "" ? "" : ` ${usage}`} ${text}`,
    );
    return [html`<b>${group}</b>`, ...lines].join("\n");
  }).join("\n\n");
}
