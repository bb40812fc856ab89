import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { SEGMENT_PREFIX } from "../../adapters/r2/raw-tables.ts";
import { type SegmentFile, segmentFileOf } from "../../adapters/r2/segments.ts";
import { ok, refuse } from "../../domain/result.ts";
import type { Outcome } from "../output.ts";
import type { SegmentSource } from "./verify-journal.ts";

/** A local folder of archived files, or one file of journal lines. */
export function localSegments(path: string): Outcome<SegmentSource> {
  try {
    if (!statSync(path).isDirectory()) {
      const file: SegmentFile = { key: path, from: 1, to: Number.MAX_SAFE_INTEGER, part: 0, bytes: statSync(path).size };
      return ok(sourceOf([file], (one) => one.key));
    }
    const files = readdirSync(path).flatMap((name) => segmentFileOf(`${SEGMENT_PREFIX}${name}`, 0) ?? []);
    if (files.length === 0) return refuse("FAILED", `${path} holds no journal files (they are named like 000000000001-000000000200.jsonl)`);
    files.sort((a, b) => a.from - b.from || a.part - b.part);
    return ok(sourceOf(files, (one) => join(path, basename(one.key))));
  } catch (error) {
    return refuse("FAILED", error instanceof Error ? error.message : String(error));
  }
}

function sourceOf(files: readonly SegmentFile[], pathOf: (file: SegmentFile) => string): SegmentSource {
  return {
    async *files() {
      for (const file of files) yield ok(file);
    },
    read: async (file) => ok(readFileSync(pathOf(file), "utf8")),
  };
}
