import type { Result } from "../../domain/result.ts";

/** Longest line: X's longest post has 25,000 characters (docs.x.com), each of at most four bytes. */
export const MAX_LINE_BYTES = 100_000;

/** One line of a stream, or why it is none. */
export type Line = Result<string, "LINE_TOO_LONG" | "NOT_UTF8">;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Cuts a stream of bytes into lines, holding one line at most: of a line above the bound no more than
 * the bound is kept before it is dropped. A last line without an end counts; an end of file after a
 * line's end is no line.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const held = new Uint8Array(MAX_LINE_BYTES);
  let length = 0;
  let isFirst = true;
  const finish = (): Line => {
    let end = Math.min(length, MAX_LINE_BYTES);
    if (length <= MAX_LINE_BYTES && end > 0 && held[end - 1] === RETURN) end--;
    const line = length > MAX_LINE_BYTES ? tooLong(length) : decode(held.subarray(isFirst && startsWithMark(held, end) ? 3 : 0, end));
    length = 0;
    isFirst = false;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.length) {
      const found = chunk.indexOf(NEWLINE, from);
      const end = found < 0 ? chunk.length : found;
      const room = MAX_LINE_BYTES - length;
      if (room > 0) held.set(chunk.subarray(from, Math.min(end, from + room)), length);
      length += end - from;
      from = end + 1;
      if (found >= 0) yield finish();
    }
  }
  if (length > 0) yield finish();
}

function tooLong(bytes: number): Line {
  return { ok: false, reason: "LINE_TOO_LONG", detail: `${bytes} bytes, at most ${MAX_LINE_BYTES}` };
}

function startsWithMark(bytes: Uint8Array, end: number): boolean {
  return end >= BYTE_ORDER_MARK.length && BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte);
}

function decode(bytes: Uint8Array): Line {
  try {
    return { ok: true, value: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { ok: false, reason: "NOT_UTF8", detail: "the line is not UTF-8" };
  }
}
