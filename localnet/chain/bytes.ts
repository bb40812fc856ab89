import { createRng } from "../../domain/random.ts";

/** `length` bytes that depend on the label only. */
export function seededBytes(label: string, length: number): Uint8Array {
  const rng = createRng(label);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = rng.int(256);
  return bytes;
}
