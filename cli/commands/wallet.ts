import type { Command } from "commander";
import { solText } from "../../adapters/telegram/amounts.ts";
import { readWallet, type WalletView } from "../live-api.ts";
import { type Io, report, table } from "../output.ts";
import { type ApiCommandOptions, reading } from "./api-command.ts";
import { budgetTable } from "./live.ts";

/** Adds `wallet check`. */
export function registerWallet(program: Command, io: Io): void {
  const wallet = program.command("wallet").description("the wallet that the signer holds; its key never leaves the signer");
  reading(wallet.command("check").description("address, balance, policy and budgets")).action((options: ApiCommandOptions) =>
    report(io, options.json, readWallet(options), showWallet),
  );
}

/** The wallet as lines for a person. */
export function showWallet({ address, lamports, policy, budgets }: WalletView): string[] {
  return [
    `address ${address}`,
    `balance ${lamports === null ? "unknown" : `${solText(lamports)} SOL (${lamports} lamports)`}`,
    "",
    ...table(
      ["policy", "value"],
      Object.entries(policy).flatMap(([name, value]) => linesOf(value).map((line) => [name, valueText(name, line)])),
    ),
    "",
    ...budgetTable({ budgets }),
  ];
}

/** A list takes a line for each of its values. */
function linesOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) && value.length > 0 ? value : [value];
}

function valueText(name: string, value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "none";
  return name.endsWith("Lamports") && /^\d+$/.test(String(value)) ? `${solText(String(value))} SOL` : String(value);
}
