/**
 * Compares a presented secret with the expected one in time that does not depend on where they
 * differ: both are hashed first, so that lengths do not show either. False when no secret is set.
 */
export async function secretEquals(presented: string | null | undefined, expected: string | undefined): Promise<boolean> {
  if (expected === undefined || expected.length === 0 || presented == null) return false;
  const encoder = new TextEncoder();
  const [left, right] = await Promise.all([
    crypto.subtle.digest("SHA-256", encoder.encode(presented)),
    crypto.subtle.digest("SHA-256", encoder.encode(expected)),
  ]);
  const a = new Uint8Array(left);
  const b = new Uint8Array(right);
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
