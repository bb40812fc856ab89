import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LIVE_CONFIG, liveConfig, PAPER_CONFIG } from "./config-live.ts";

const read = (name: string): string => readFileSync(join(import.meta.dirname, "..", name), "utf8");

describe("the configuration of a live deployment", () => {
  test("is what npm run config:live writes", () => {
    expect(read(LIVE_CONFIG)).toBe(liveConfig(read(PAPER_CONFIG)));
  });

  test("differs from the paper one in the ceiling and the signer only", () => {
    const [paper, live] = [PAPER_CONFIG, LIVE_CONFIG].map((name) =>
      read(name)
        .split("\n")
        .filter((line) => !line.startsWith("#")),
    );
    const added = (live ?? []).filter((line) => !paper?.includes(line));
    expect(added).toEqual(['MODE = "live"', "[[services]]", 'binding = "SIGNER"', 'service = "sniper-signer"', 'entrypoint = "Signer"']);
    expect((paper ?? []).filter((line) => !live?.includes(line))).toEqual(['MODE = "paper"']);
  });

  test.each([PAPER_CONFIG, LIVE_CONFIG])("%s binds Workers AI, so that what is deployed has it", (name) => {
    expect(read(name)).toMatch(/^\[ai\]\nbinding = "AI"$/m);
  });

  test("the paper one has no way to the signer", () => {
    expect(read(PAPER_CONFIG)).not.toMatch(/signer|services/i);
  });

  test("a paper configuration without the places that differ is refused", () => {
    expect(() => liveConfig('[vars]\nMODE = "live"\n[triggers]\n')).toThrow("MODE");
    expect(() => liveConfig('MODE = "paper"\n')).toThrow("triggers");
  });
});
