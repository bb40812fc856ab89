/**
 * A copy as a call between objects makes it: plain data, bigint, Map, Set and bytes. Anything that does
 * not survive structured cloning is a bug of the caller.
 */
export function cloned<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  switch (typeof value) {
    case "function":
    case "symbol":
      throw new TypeError(`a ${typeof value} cannot be sent to another object`);
    case "object":
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(copy);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(value)) result[key] = copy((value as Record<string, unknown>)[key]);
    return result;
  }
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [copy(key), copy(inner)]));
  if (value instanceof Set) return new Set([...value].map(copy));
  if (value instanceof Uint8Array) return value.slice();
  if (value instanceof Error) return new Error(value.message);
  if (value instanceof Date) return new Date(value.getTime());
  throw new TypeError(`a ${prototype?.constructor?.name} cannot be sent to another object`);
}
