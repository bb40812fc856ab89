import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { projectedTables, readChunk } from "../../adapters/d1/content.ts";
import { SEGMENT_PREFIX } from "../../adapters/r2/raw-tables.ts";
import { listSegments, segmentFileOf } from "../../adapters/r2/segments.ts";
import { canonicalJson } from "../../domain/journal/canonical-json.ts";
import { journalOf } from "../../durable-objects/stubs.ts";
import { mendArchive } from "../executor/mend.ts";
import { holdDatabase, keepHold, projectDatabase, wipeDatabase } from "../executor/rebuild.ts";
import type { Api } from "./app.ts";
import { requireOperator } from "./operator.ts";
import { AUTHOR, operatorOnly } from "./operator-route.ts";
import { Problem } from "./problem.ts";
import * as schema from "./schemas.ts";

/** Entries of one answer of the journal's newest part. */
const MAX_ENTRIES = 1_000;
/** A note holds the digests of all tables. */
const MAX_NOTE_CHARS = 16_384;
/** Why a person mends, kept in the journal. */
const MAX_MEND_NOTE_CHARS = 500;
/** A note of 500 characters at four bytes, and two numbers. */
const MAX_MEND_BYTES = 4_096;

const problem = { description: "Refused or failed", content: { "application/problem+json": { schema: schema.problem } } };
const security = [{ bearer: [] }];

function json<Body extends z.ZodType>(body: Body, description: string) {
  return { 200: { description, content: { "application/json": { schema: body } } }, default: problem };
}

const seq = z.coerce.number().int().min(0);
const hold = z.object({ upTo: z.number(), limit: z.number(), untilMs: z.number(), note: z.string() });
const state = z
  .object({
    seq: z.number(),
    hash: z.string(),
    state: z.enum(["unchecked", "open", "behind", "forked"]),
    executorSeq: z.number(),
    publishedSeq: z.number(),
    archivedSeq: z.number(),
    droppedSeq: z.number(),
    unarchivedSinceMs: z.number().nullable(),
    hold: hold.nullable(),
    gone: z.object({ from: z.number(), to: z.number() }).nullable(),
    mend: z
      .object({
        forkSeq: z.number(),
        forkHash: z.string(),
        author: z.string(),
        note: z.string(),
        startedAtMs: z.number(),
        files: z.number(),
        entries: z.number(),
      })
      .nullable(),
  })
  .openapi("JournalState");
const step = z
  .object({ isBusy: z.boolean(), upTo: z.number(), projectedSeq: z.number(), isDone: z.boolean() })
  .openapi("JournalRebuildStep");

const stateRoute = createRoute({
  method: "get",
  path: "/journal/state",
  summary: "The journal's end, how far its followers are, and whether it takes entries",
  security,
  responses: json(state, "State"),
});
const segmentsRoute = createRoute({
  method: "get",
  path: "/journal/segments",
  summary: "Archived files of the journal, in order",
  security,
  request: { query: z.object({ from: seq.default(1) }) },
  responses: json(
    z.object({
      files: z.array(z.object({ key: z.string(), from: z.number(), to: z.number(), part: z.number(), bytes: z.number() })),
      next: z.number().nullable(),
    }),
    "Files from a window on; `next` is where the next page begins",
  ),
});
const segmentRoute = createRoute({
  method: "get",
  path: "/journal/segments/{name}",
  summary: "One archived file of the journal, as it is stored",
  security,
  request: { params: z.object({ name: z.string().max(60) }) },
  responses: { 200: { description: "One entry a line", content: { "application/x-ndjson": { schema: z.string() } } }, default: problem },
});
const entriesRoute = createRoute({
  method: "get",
  path: "/journal/entries",
  summary: "The newest entries as the journal itself holds them",
  security,
  request: { query: z.object({ after: seq, limit: z.coerce.number().int().min(1).max(MAX_ENTRIES).default(200) }) },
  responses: { 200: { description: "One entry a line", content: { "application/x-ndjson": { schema: z.string() } } }, default: problem },
});
const hashesRoute = createRoute({
  method: "get",
  path: "/journal/hashes",
  summary: "Hashes that the journal itself has kept",
  security,
  request: { query: z.object({ from: seq, to: seq }) },
  responses: json(z.object({ items: z.array(z.object({ seq: z.number(), hash: z.string() })) }), "At most 1,000"),
});
const recoverRoute = createRoute({
  method: "post",
  path: "/journal/recover",
  summary: "Bring in the next entries that the archive has and the journal lacks; repeat until nothing is imported",
  security,
  responses: json(z.object({ state: z.string(), head: z.number(), imported: z.number() }), "How far it is"),
});
const mendRoute = createRoute({
  method: "post",
  path: "/journal/mend",
  summary: "One bounded step of setting aside the archive's other branch; repeat until it is done",
  security,
  request: {
    body: {
      content: {
        "application/json": {
          schema: z.strictObject({
            forkSeq: z.number().int().min(1),
            forkHash: z.string().regex(/^[0-9a-f]{64}$/),
            note: z.string().min(1).max(MAX_MEND_NOTE_CHARS),
          }),
        },
      },
      required: true,
    },
  },
  responses: json(
    z.object({
      isBusy: z.boolean(),
      isDone: z.boolean(),
      state: z.string(),
      files: z.number(),
      isDatabaseForeign: z.boolean().nullable(),
    }),
    "How far it is",
  ),
});
const holdRoute = createRoute({
  method: "post",
  path: "/journal/hold",
  summary: "Let D1 stand still for two minutes, or go on",
  security,
  request: {
    body: {
      content: { "application/json": { schema: z.strictObject({ hold: z.boolean(), note: z.string().max(MAX_NOTE_CHARS).optional() }) } },
      required: true,
    },
  },
  responses: json(step, "Where it stands"),
});
const digestRoute = createRoute({
  method: "get",
  path: "/journal/projection",
  summary: "Digest of the next rows of one projected table; without a table the names of all",
  security,
  request: { query: z.object({ table: z.string().max(60).optional(), after: z.string().max(2_000).optional() }) },
  responses: json(
    z.object({
      tables: z.array(z.string()),
      rows: z.number(),
      digest: z.string(),
      next: z.array(z.union([z.string(), z.number()])).nullable(),
    }),
    "Rows, their digest, and the key to go on after",
  ),
});
const rebuildRoute = createRoute({
  method: "post",
  path: "/journal/rebuild",
  summary: "One bounded step of emptying D1 or of projecting the journal into it; D1 has to be held",
  security,
  request: {
    body: {
      content: {
        "application/json": {
          schema: z.strictObject({ step: z.enum(["wipe", "project"]), note: z.string().max(MAX_NOTE_CHARS).optional() }),
        },
      },
      required: true,
    },
  },
  responses: json(step, "How far it is"),
});

const afterKey = z.array(z.union([z.string().max(1_000), z.number()])).max(4);

/** What `sniper journal` needs: the archive as it is stored, the journal's own head and hashes, and the steps of repair. */
export function addJournalRoutes(app: Api): void {
  app.on(["POST"], "/journal/mend", operatorOnly(MAX_MEND_BYTES));
  app.openapi(stateRoute, async (c) => {
    await requireOperator(c);
    return c.json(await journalOf(c.env).head(), 200);
  });
  app.openapi(segmentsRoute, async (c) => {
    await requireOperator(c);
    return c.json(await listSegments(c.env.BUCKET, c.req.valid("query").from), 200);
  });
  app.openapi(segmentRoute, async (c) => {
    await requireOperator(c);
    const key = `${SEGMENT_PREFIX}${c.req.valid("param").name}`;
    const object = segmentFileOf(key, 0) === null ? null : await c.env.BUCKET.get(key);
    if (object === null) throw new Problem(404, "NOT_FOUND");
    return ndjson(c, object.body);
  });
  app.openapi(entriesRoute, async (c) => {
    await requireOperator(c);
    const { after, limit } = c.req.valid("query");
    const { droppedSeq } = await journalOf(c.env).head();
    if (after < droppedSeq) throw new Problem(404, "NOT_FOUND", `entries up to ${droppedSeq} are in the archive only`);
    const entries = await journalOf(c.env).read(after, limit);
    return ndjson(c, entries.map((entry) => `${canonicalJson(entry)}\n`).join(""));
  });
  app.openapi(hashesRoute, async (c) => {
    await requireOperator(c);
    const { from, to } = c.req.valid("query");
    return c.json({ items: await journalOf(c.env).hashes(from, to) }, 200);
  });
  app.openapi(recoverRoute, async (c) => {
    await requireOperator(c);
    const recovered = await journalOf(c.env).recover();
    if (!recovered.ok) throw new Problem(409, recovered.reason, recovered.detail);
    return c.json(recovered.value, 200);
  });
  app.openapi(mendRoute, async (c) => {
    const mended = await mendArchive(c.env, { ...c.req.valid("json"), author: AUTHOR }, Date.now());
    if (!mended.ok) throw new Problem(409, mended.reason, mended.detail);
    return c.json(mended.value, 200);
  });
  app.openapi(holdRoute, async (c) => {
    await requireOperator(c);
    const { hold: isWanted, note = "" } = c.req.valid("json");
    if (isWanted) return c.json(await holdDatabase(c.env, Date.now(), note), 200);
    await journalOf(c.env).holdProjection(null, 0);
    return c.json({ isBusy: false, upTo: 0, projectedSeq: 0, isDone: true }, 200);
  });
  app.openapi(digestRoute, async (c) => {
    await requireOperator(c);
    const { table, after } = c.req.valid("query");
    const tables = projectedTables();
    if (table === undefined) return c.json({ tables, rows: 0, digest: "", next: null }, 200);
    if (!tables.includes(table)) throw new Problem(404, "NOT_FOUND", table);
    await keepHold(c.env);
    const key = after === undefined ? null : afterKey.safeParse(parsed(after));
    if (key !== null && !key.success) throw new Problem(400, "REQUEST_INVALID", "after is no key");
    const { next, ...chunk } = await readChunk(c.env.DB, table, key === null ? null : key.data);
    return c.json({ tables, ...chunk, next: next === null ? null : [...next] }, 200);
  });
  app.openapi(rebuildRoute, async (c) => {
    await requireOperator(c);
    const { step: wanted, note } = c.req.valid("json");
    const upTo = await keepHold(c.env, { isWiping: wanted === "wipe", note });
    if (upTo === null) throw new Problem(409, "REQUEST_INVALID", "D1 is not held any more: begin again");
    return c.json(await (wanted === "wipe" ? wipeDatabase(c.env, upTo, Date.now()) : projectDatabase(c.env, upTo)), 200);
  });
}

function ndjson(c: Context, body: ReadableStream | string): never {
  // Typed answers know JSON only.
  return c.body(body as string, 200, { "Content-Type": "application/x-ndjson" }) as never;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
