import { z } from "@hono/zod-openapi";
import { MAX_EXPLAINED_ROWS, MAX_INVOCATION_ROWS } from "../../../domain/learning/invocations.ts";
import { list } from "./base.ts";

const cell = z.number().nullable();
const params = z
  .object({
    explain: z
      .boolean()
      .default(false)
      .openapi({ description: `Explain every row by its SHAP values; at most ${MAX_EXPLAINED_ROWS} rows` }),
  })
  .optional();

const dataframeSplit = z.object({
  dataframe_split: z
    .object({
      columns: list(z.string()).openapi({ description: "The model's features, each once, in any order" }),
      data: z.array(list(cell)).max(MAX_INVOCATION_ROWS).readonly().openapi({ description: "A row per array, null is unknown" }),
      index: z.array(z.unknown()).optional().openapi({ description: "Ignored" }),
    })
    .openapi({ example: { columns: ["liquidityUsd", "top10Share"], data: [[20_711.6, 0.19]] } }),
  params,
});
const instances = z.object({
  instances: z
    .array(z.record(z.string(), cell))
    .max(MAX_INVOCATION_ROWS)
    .readonly()
    .openapi({ description: "An object per row with all of the model's features, null is unknown" }),
  params,
});

/**
 * What the route reads, for its description: it is checked by `domain/learning/invocations.ts`, which says the same
 * in a twentieth of the time.
 */
export const invocationRequest = z.union([dataframeSplit, instances]).openapi("InvocationRequest");

export const invocationResponse = z
  .object({
    name: z.string(),
    version: z.string(),
    featureSetVersion: z.string(),
    role: z.enum(["champion", "shadow", "bootstrap", "registered"]).openapi({
      description: "Only a champion counts in scores; the bootstrap model knows generated rows only",
    }),
    predictions: list(
      z.object({
        probability: z.number().openapi({ description: "Calibrated, 0 to 1" }),
        explanation: z
          .object({
            baseProbability: z.number(),
            baseMargin: z.number(),
            margin: z.number().openapi({ description: "Log-odds before calibration" }),
            shap: list(z.object({ name: z.string(), value: z.number() })).openapi({ description: "The strongest features first" }),
            rest: z.number().openapi({ description: "The other features' values; all add up to margin - baseMargin" }),
          })
          .exactOptional(),
      }),
    ),
  })
  .openapi("InvocationResponse");
