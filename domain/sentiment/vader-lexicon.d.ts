declare module "vader-sentiment/src/vader_lexicon.js" {
  /** Token to mean valence, -4 to 4 (Apache-2.0). */
  export const lexicon: Readonly<Record<string, number>>;
}
