/** One JSON value of a text, or what is wrong at that place. */
export type JsonPiece =
  | { readonly ok: true; readonly line: number; readonly value: unknown }
  | { readonly ok: false; readonly line: number; readonly error: string };

/** JSON text sequences (RFC 7464) put this before each value. */
const RECORD_SEPARATOR = "\u001e";
const BETWEEN = /[\s,]/;

/**
 * The JSON values of a text one after another, each parsed on its own: a single value, JSON lines,
 * values put together with blanks or commas between them. A broken value is reported with its line
 * and reading goes on behind it.
 */
export function* splitJsonValues(text: string): Generator<JsonPiece> {
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? "";
    if (isBetween(character)) {
      if (character === "\n") line++;
      at++;
      continue;
    }
    let end = character === "{" || character === "[" ? endOfNested(text, at) : endOfScalar(text, at);
    try {
      yield { ok: true, line, value: JSON.parse(text.slice(at, end)) as unknown };
    } catch (error) {
      yield { ok: false, line, error: error instanceof Error ? error.message : "not JSON" };
      end = nextStart(text, at, end);
    }
    for (let i = at; i < end; i++) if (text.charCodeAt(i) === 10) line++;
    at = end;
  }
}

/** A cut value swallows what follows: the next value is taken to start with the next line that opens one. */
function nextStart(text: string, start: number, end: number): number {
  for (let at = text.indexOf("\n", start); at >= 0 && at < end - 1; at = text.indexOf("\n", at + 1)) {
    if (text[at + 1] === "{" || text[at + 1] === "[") return at + 1;
  }
  return end;
}

/** Position behind the bracket that closes the one at `start`; the text's end when it is never closed. */
function endOfNested(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/** Position behind a string, number or word; at least one character on. */
function endOfScalar(text: string, start: number): number {
  if (text[start] === '"') {
    for (let at = start + 1; at < text.length; at++) {
      if (text[at] === "\\") at++;
      else if (text[at] === '"') return at + 1;
    }
    return text.length;
  }
  let at = start + 1;
  while (at < text.length && !isBetween(text[at] ?? "") && !'{["'.includes(text[at] ?? "")) at++;
  return at;
}

function isBetween(character: string): boolean {
  return character === RECORD_SEPARATOR || BETWEEN.test(character);
}
