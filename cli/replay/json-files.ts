import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type JsonPiece, splitJsonValues } from "./json-values.ts";

/** Largest recording that is read whole: some thousand transactions. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** Files taken from folders; more is not a recording but a disk. */
const MAX_FILES = 10_000;
const RECORDING_NAME = /\.(json|jsonl|ndjson)$/i;

export type FileReading =
  | { readonly ok: true; readonly file: string; readonly pieces: readonly JsonPiece[] }
  | { readonly ok: false; readonly file: string; readonly error: string };

/** Something in a file that cannot be used, for people. */
export interface RecordingProblem {
  readonly file: string;
  readonly line: number | null;
  readonly problem: string;
}

/** One JSON value of a file, and where to say what is wrong with it. */
export interface FileValue {
  readonly file: string;
  readonly value: unknown;
  readonly note: (problem: string) => void;
}

/** The JSON values of files and folders, in order. What cannot be read goes to `problems`. */
export async function* jsonValuesIn(paths: readonly string[], problems: RecordingProblem[]): AsyncGenerator<FileValue> {
  for (const file of await expandPaths(paths)) {
    const reading = await readJsonFile(file);
    if (!reading.ok) {
      problems.push({ file, line: null, problem: reading.error });
      continue;
    }
    for (const piece of reading.pieces) {
      const note = (problem: string) => void problems.push({ file, line: piece.line, problem });
      if (piece.ok) yield { file, value: piece.value, note };
      else note(`not JSON: ${piece.error}`);
    }
  }
}

/** Reads the JSON values of one file; an unreadable or too large file is an answer, not an exception. */
export async function readJsonFile(file: string): Promise<FileReading> {
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) return { ok: false, file, error: `larger than ${MAX_FILE_BYTES} bytes` };
    return { ok: true, file, pieces: [...splitJsonValues(await readFile(file, "utf8"))] };
  } catch (error) {
    return { ok: false, file, error: describeFileError(error) };
  }
}

/** Files named by paths, in order; a folder stands for its .json, .jsonl and .ndjson files, sub-folders included. */
export async function expandPaths(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) {
      files.push(path);
      continue;
    }
    const names = await readdir(path, { recursive: true });
    files.push(
      ...names
        .filter((name) => RECORDING_NAME.test(name))
        .sort()
        .map((name) => join(path, name)),
    );
    if (files.length > MAX_FILES) throw new RangeError(`more than ${MAX_FILES} files`);
  }
  return files;
}

/** Why a file cannot be read, in a few words. */
export function describeFileError(error: unknown): string {
  if (!(error instanceof Error)) return "cannot be read";
  const code = "code" in error ? String(error.code) : "";
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "is a folder";
  if (code === "EACCES") return "permission denied";
  return code === "" ? error.message : code;
}
