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
      Object.entries(policy).map(([name, value]) => [name, valueText(name, value)]),
    ),
    "",
    ...budgetTable({ budgets }),
  ];
}

function valueText(name: string, value: unknown): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return value.join(" ");
  return name.endsWith("Lamports") && /^\d+$/.test(String(value)) ? `${solText(String(value))} SOL` : String(value);
}
