import { runSeed } from "../run.ts";

/** Runs the seeds that the request names and answers their hashes. */
export default {
  async fetch(request: Request): Promise<Response> {
    const seeds = (await request.json()) as readonly number[];
    const hashes: string[] = [];
    for (const seed of seeds) {
      const { hash, events } = await runSeed(seed);
      hashes.push(`${hash} ${events}`);
    }
    return Response.json(hashes);
  },
};
