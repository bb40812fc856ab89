import { aiBindingOf, createAiClassifier, type MoodCache } from "../../adapters/ai/classifier.ts";
import { readMoods } from "../../domain/sentiment/moods.ts";
import type { UnixMs } from "../../domain/units.ts";
import { budgetPort } from "../../durable-objects/budget-port.ts";
import type { Classify } from "./collect.ts";

/** Lives as long as the isolate. */
const cache: MoodCache = new Map();

/** The student model, and Workers AI where the deployment has it, with the deployment's budget. */
export function classifyFromEnv(env: Env, nowMs: () => UnixMs): Classify {
  const ai = aiBindingOf(env);
  const classifier = ai === null ? null : createAiClassifier({ ai, budget: budgetPort(env, "ai"), cache });
  return (sample) => readMoods(sample, classifier, nowMs);
}
