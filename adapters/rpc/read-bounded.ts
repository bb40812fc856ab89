/**
 * Reads a body as text, counting bytes while reading (Content-Length may lie). Null when it exceeds
 * `maxBytes`; the rest is then cancelled, never buffered.
 */
export async function readBounded(source: { readonly body: ReadableStream<Uint8Array> | null }, maxBytes: number): Promise<string | null> {
  if (source.body === null) return "";
  const reader = source.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  const joined = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return new TextDecoder().decode(joined);
}
