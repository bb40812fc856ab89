import { z } from "zod";
import type { BudgetPort } from "../../domain/budget.ts";
import { ok, type Refusal, type Result, refuse } from "../../domain/result.ts";
import { MAX_CLASSIFIED_CHARS, MAX_CLASSIFIED_TEXTS, type TextClassifier } from "../../domain/sentiment/classifier.ts";

/** DistilBERT fine-tuned on film reviews (SST-2), quantised: the text classifier of Workers AI. */
export const AI_MODEL = "@cf/huggingface/distilbert-sst-2-int8";
/** All texts of one question together. */
const TIMEOUT_MS = 800;
/** Texts whose answers are kept per isolate: copies of a post are asked about once. */
const KEPT_TEXTS = 2_000;
/** Thousandths of a neuron a token (2,394 neurons a million, developers.cloudflare.com/workers-ai/platform/pricing). */
const COST_PER_TOKEN = 2.394;
/** Tokens that the model's tokenizer puts around a text. A character is one token at most. */
const FRAME_TOKENS = 2;

/** What of the `AI` binding is used. */
export interface AiBinding {
  run(model: typeof AI_MODEL, input: { readonly text: string }): Promise<unknown>;
}

/** Answers by text, oldest first. Shared by the classifiers of one isolate. */
export type MoodCache = Map<string, number>;

export interface AiOptions {
  readonly ai: AiBinding;
  readonly budget: BudgetPort;
  readonly cache?: MoodCache;
  readonly timeoutMs?: number;
}

/** One row for each class, their scores adding up to one. */
const reply = z.array(z.object({ label: z.enum(["NEGATIVE", "POSITIVE"]), score: z.number().min(0).max(1) })).length(2);

/**
 * Workers AI as a classifier: the probability of the positive class less that of the negative one. Claims
 * its budget before it asks. What is not answered within the timeout is null now and kept when it comes.
 */
export function createAiClassifier(options: AiOptions): TextClassifier {
  const cache: MoodCache = options.cache ?? new Map();
  return { name: AI_MODEL, classify: (texts) => classify(texts, { ...options, cache }) };
}

async function classify(
  texts: readonly string[],
  { ai, budget, cache, timeoutMs = TIMEOUT_MS }: AiOptions & { readonly cache: MoodCache },
): Promise<Result<ReadonlyArray<number | null>>> {
  const asked = texts.slice(0, MAX_CLASSIFIED_TEXTS).map((text) => text.slice(0, MAX_CLASSIFIED_CHARS).toWellFormed());
  const unknown = [...new Set(asked)].filter((text) => text.trim() !== "" && !cache.has(text));
  const failure = unknown.length === 0 ? null : await within(timeoutMs, askAll(unknown, ai, budget, cache));
  const answers = asked.map((text) => cache.get(text) ?? null);
  if (failure !== null && answers.every((answer) => answer === null)) return failure;
  return ok(answers);
}

/** Claims, then asks about every text at once; answers go to the cache. @returns why one is missing, or null. */
async function askAll(texts: readonly string[], ai: AiBinding, budget: BudgetPort, cache: MoodCache): Promise<Refusal | null> {
  let failure: Refusal | null = null;
  const fail = (error: unknown): void => {
    failure = refuse("UPSTREAM_FAILED", error instanceof Error ? error.name : "failed");
  };
  try {
    const cost = texts.reduce((sum, text) => sum + Math.ceil((text.length + FRAME_TOKENS) * COST_PER_TOKEN), 0);
    const claim = await budget.claim({ requests: texts.length, cost });
    if (!claim.ok) return claim;
    await Promise.all(
      texts.map(async (text) => {
        try {
          const mood = moodIn(await ai.run(AI_MODEL, { text }));
          if (mood === null) failure = refuse("UPSTREAM_MALFORMED", AI_MODEL);
          else remember(cache, text, mood);
        } catch (error) {
          fail(error);
        }
      }),
    );
    // As claimed: what it really cost is not told.
    await budget.settle(claim.value, { requests: texts.length, cost });
  } catch (error) {
    fail(error);
  }
  return failure;
}

function moodIn(answer: unknown): number | null {
  const parsed = reply.safeParse(answer);
  if (!parsed.success) return null;
  const scores = new Map(parsed.data.map(({ label, score }) => [label, score]));
  const positive = scores.get("POSITIVE");
  const negative = scores.get("NEGATIVE");
  return positive === undefined || negative === undefined ? null : positive - negative;
}

async function within(timeoutMs: number, work: Promise<Refusal | null>): Promise<Refusal | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Refusal>((resolve) => {
    timer = setTimeout(() => resolve(refuse("UPSTREAM_FAILED", `${AI_MODEL}: no answer in ${timeoutMs} ms`)), timeoutMs);
  });
  const outcome = await Promise.race([work, late]);
  clearTimeout(timer);
  return outcome;
}

function remember(cache: MoodCache, text: string, mood: number): void {
  cache.set(text, mood);
  if (cache.size > KEPT_TEXTS) {
    const oldest = cache.keys().next();
    if (!oldest.done) cache.delete(oldest.value);
  }
}

/**
 * The `AI` binding of a deployment, null without one. On localnet there is none: nothing there may
 * reach out. Other local starts put a variable in its place (`AI=off`), since no binding answers without
 * an account.
 */
export function aiBindingOf(env: object): AiBinding | null {
  const { AI, NETWORK } = env as { readonly AI?: unknown; readonly NETWORK?: unknown };
  if (NETWORK === "localnet" || typeof AI !== "object" || AI === null) return null;
  return typeof (AI as Partial<AiBinding>).run === "function" ? (AI as AiBinding) : null;
}
