import { SentimentIntensityAnalyzer } from "vader-sentiment";
import { SCORERS } from "../domain/sentiment/scorers.ts";

const SCORE: Readonly<Record<string, (text: string) => { readonly compound: number }>> = {
  port: (text) => SentimentIntensityAnalyzer.polarity_scores(text),
  ...Object.fromEntries(Object.entries(SCORERS).map(([name, { score }]) => [name, score])),
};
/** Kept for the requests that only score. */
let texts: readonly string[] = [];

/** Takes the texts of a bench, then scores them all, `n` times a request. */
export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === "PUT") {
      texts = (await request.json()) as string[];
      return new Response(String(texts.length));
    }
    const { n, scorer } = (await request.json()) as { readonly n: number; readonly scorer: string };
    const score = SCORE[scorer];
    if (score === undefined) return new Response(`no scorer ${scorer}`, { status: 404 });
    let sum = 0;
    for (let round = 0; round < n; round++) for (const text of texts) sum += score(text).compound;
    return new Response(String(sum));
  },
};
