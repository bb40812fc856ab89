/** A seeded random source. Same seed, same sequence, on every platform. */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). `bound` must be a positive safe integer. */
  int(bound: number): number;
  /** Standard normal deviate (Box-Muller). */
  normal(): number;
  /** An independent stream named by `label`; forking does not advance this stream. */
  fork(label: string): Rng;
}

/** FNV-1a over UTF-16 code units, 32 bit: spreads seed strings, not meant to be secure. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/**
 * Creates a seeded generator: sfc32 (Chris Doty-Humphrey, PractRand) with its state filled from
 * the seed string by FNV-1a and twelve warm-up rounds.
 */
export function createRng(seed: string | number): Rng {
  const name = String(seed);
  let a = hash32(`${name}/a`);
  let b = hash32(`${name}/b`);
  let c = hash32(`${name}/c`);
  let counter = 1;
  function step(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  }
  for (let i = 0; i < 12; i++) step();
  function next(): number {
    return step() / 0x1_0000_0000;
  }
  return {
    next,
    int: (bound) => Math.floor(next() * bound),
    normal: () => {
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      return radius * Math.cos(2 * Math.PI * next());
    },
    fork: (label) => createRng(`${name}/${label}`),
  };
}
