import { PARAMETER_TABLE, type ParameterSpec } from "./parameter-table.ts";

/** The page `docs/parameters.md`: every trading parameter with default, unit, range and reason. */
export function renderParameterDocs(): string {
  const rows = (Object.entries(PARAMETER_TABLE) as Array<[string, ParameterSpec]>).map(([name, spec]) => {
    const localnet = spec.localnet === undefined || spec.localnet === spec.default ? "" : format(spec.localnet);
    return `| \`${name}\` | ${format(spec.default)} | ${localnet} | ${spec.unit} | ${format(spec.min)} to ${format(spec.max)} | ${spec.why} |`;
  });
  return [
    "# Trading parameters",
    "",
    "One immutable, versioned set is in force at a time, and every decision names its version. This page is",
    "generated from `domain/trading/parameter-table.ts`; a test fails when the two differ. The column *localnet*",
    "holds the embedded market's value where its tempo differs from the real market's; empty means the same.",
    "",
    "The mode is no parameter: the deployment's `MODE` is a ceiling, and under it a person switches live trading on",
    "and off (docs/live.md).",
    "",
    "| parameter | default | localnet | unit | range | why |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
    "Cross-field rules: the three score weights add up to 1; a low end never exceeds its high end;",
    "`sizeMidScore` never exceeds `sizeHighScore`; the rungs of the ladder before the last one sell less than everything.",
    "",
  ].join("\n");
}

function format(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en-US") : String(value);
}
