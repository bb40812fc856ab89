import type { XPost } from "./posts.ts";

/** docs.x.com/x-api/posts/search/integrate/build-a-query: 512 characters for self-serve access. */
const MAX_QUERY_CHARS = 512;

export interface ParsedQuery {
  readonly matches: (post: XPost) => boolean;
  /** Lower-case words one of which every match contains; null when the query names none. */
  readonly words: readonly string[] | null;
}

interface Node {
  readonly test: (post: XPost) => boolean;
  readonly words: readonly string[] | null;
  /** False for operators that X accepts only beside a standalone one. */
  readonly standalone: boolean;
}

/** Parses a recent-search query: terms, phrases, $cash and # tags, from:, is:, has:, lang:, OR, - and parentheses. A string is the complaint. */
export function parseQuery(query: string): ParsedQuery | string {
  if (query.trim() === "") return "The `query` query parameter can not be empty";
  if (query.length > MAX_QUERY_CHARS) return `Rules must be at most ${MAX_QUERY_CHARS} characters in length`;
  const tokens = query.match(/-?"[^"]*"|[()]|-(?=\()|[^\s()"]+/g) ?? [];
  let at = 0;

  function parseOr(): Node | string {
    const parts: Node[] = [];
    for (;;) {
      const part = parseAnd();
      if (typeof part === "string") return part;
      parts.push(part);
      if (tokens[at] !== "OR") break;
      at += 1;
    }
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return only;
    const words = parts.every((part) => part.words !== null) ? parts.flatMap((part) => part.words ?? []) : null;
    return { test: (post) => parts.some((part) => part.test(post)), words, standalone: parts.every((part) => part.standalone) };
  }

  function parseAnd(): Node | string {
    const parts: Node[] = [];
    while (at < tokens.length && tokens[at] !== ")" && tokens[at] !== "OR") {
      const part = parseUnary();
      if (typeof part === "string") return part;
      parts.push(part);
    }
    if (parts.length === 0) return "There were errors processing your request: missing EOF";
    const named = parts.find((part) => part.words !== null);
    return {
      test: (post) => parts.every((part) => part.test(post)),
      words: named?.words ?? null,
      standalone: parts.some((part) => part.standalone),
    };
  }

  function parseUnary(): Node | string {
    const token = tokens[at] ?? "";
    if (token === "-" || (token.startsWith("-") && token.length > 1)) {
      if (token === "-") at += 1;
      else tokens[at] = token.slice(1);
      const inner = parseUnary();
      if (typeof inner === "string") return inner;
      return { test: (post) => !inner.test(post), words: null, standalone: false };
    }
    at += 1;
    if (token === "(") {
      const inner = parseOr();
      if (tokens[at] !== ")") return "There were errors processing your request: missing ')'";
      at += 1;
      return inner;
    }
    return parseTerm(token);
  }

  const root = parseOr();
  if (typeof root === "string") return root;
  if (at < tokens.length) return `There were errors processing your request: extraneous input '${tokens[at]}'`;
  if (!root.standalone) return "Rules must contain a positive, standalone operator";
  return { matches: root.test, words: root.words };
}

function parseTerm(token: string): Node | string {
  const operator = /^(from|is|has|lang):(.+)$/.exec(token);
  if (operator !== null) return parseOperator(operator[1] ?? "", (operator[2] ?? "").toLowerCase());
  const word = token.replaceAll('"', "").toLowerCase();
  if (word === "") return "There were errors processing your request: empty phrase";
  return { test: (post) => containsWord(post.text.toLowerCase(), word), words: [word], standalone: true };
}

function parseOperator(name: string, value: string): Node | string {
  const conjunction = (test: (post: XPost) => boolean): Node => ({ test, words: null, standalone: false });
  switch (`${name}:${name === "from" || name === "lang" ? "*" : value}`) {
    case "from:*":
      return { test: (post) => post.author.username.toLowerCase() === value, words: null, standalone: true };
    case "lang:*":
      return conjunction((post) => post.lang === value);
    case "is:retweet":
      return conjunction((post) => post.repostOf !== null);
    case "is:reply":
    case "is:quote":
    case "has:media":
      return conjunction(() => false);
    case "is:verified":
      return conjunction((post) => post.author.verified);
    case "has:links":
      return conjunction((post) => /https?:\/\//.test(post.text));
    case "has:hashtags":
      return conjunction((post) => /#\w/.test(post.text));
    case "has:cashtags":
      return conjunction((post) => /\$[a-z]/i.test(post.text));
    default:
      return `Reference to invalid operator '${name}:${value}'`;
  }
}

/** Whole-word containment; a tag's mark counts as part of the word. */
function containsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const before = text[at - 1] ?? " ";
    const after = text[at + word.length] ?? " ";
    if (!/[\p{L}\p{N}_]/u.test(before) && !/[\p{L}\p{N}_]/u.test(after)) return true;
  }
  return false;
}
