/** Counts of one end-to-end run, told as "N passed, N failed". */
export interface Checks {
  /** Runs one check and prints its line; true when it passed. */
  check(name: string, body: () => Promise<unknown> | unknown): Promise<boolean>;
  /** Takes over what another process counted, from its output. */
  add(output: string): void;
  /** Notes a failure outside of a check. */
  fail(what: string): void;
  /** Prints the counts and returns the exit code. */
  finish(): number;
}

export function createChecks(): Checks {
  let passed = 0;
  let failed = 0;
  return {
    check: async (name, body) => {
      const startedAtMs = performance.now();
      try {
        await body();
        passed += 1;
        console.log(`ok    ${name} (${((performance.now() - startedAtMs) / 1000).toFixed(1)} s)`);
        return true;
      } catch (error) {
        failed += 1;
        console.log(`FAIL  ${name}: ${(error instanceof Error ? error.message : String(error)).split("\n")[0]}`);
        return false;
      }
    },
    add: (output) => {
      const counts = /^(\d+) passed, (\d+) failed/m.exec(output);
      passed += Number(counts?.[1] ?? 0);
      failed += Number(counts?.[2] ?? 1);
    },
    fail: (what) => {
      failed += 1;
      console.log(`FAIL  ${what}`);
    },
    finish: () => {
      console.log(`${passed} passed, ${failed} failed`);
      return failed === 0 ? 0 : 1;
    },
  };
}

/** Throws unless the condition holds. */
export function expect(condition: boolean, complaint: string): void {
  if (!condition) throw new Error(complaint);
}
