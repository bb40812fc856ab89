import { assignArm } from "../../domain/optimization/experiment-assignment.ts";
import type { Control } from "../../domain/trading/control.ts";
import type { ParameterSet, TradingMode } from "../../domain/trading/parameters.ts";
import type { Arm, LedgerId } from "../../domain/trading/signal.ts";
import type { Address } from "../../domain/units.ts";

export interface Assignment {
  readonly parameters: ParameterSet;
  readonly arm: Arm;
  readonly ledger: LedgerId;
}

/**
 * The parameters and the books that a mint is traded with. Without an experiment that is the set in
 * force and arm A; during one, a share of the mints goes to the challenger on paper. `mode` is the mode
 * in force; whoever does not pass it gets paper.
 */
export function parametersForMint(control: Control, mint: Address, mode: TradingMode = "paper"): Assignment {
  const { active, experiment } = control;
  if (experiment !== null && assignArm(mint, experiment.id, experiment.shareBps) === "B") {
    return { parameters: experiment.challenger, arm: "B", ledger: "paper-B" };
  }
  return { parameters: active, arm: "A", ledger: `${mode}-A` };
}
