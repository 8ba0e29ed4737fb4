import { describe, expect, test } from "bun:test";
import { parseConfig } from "./load.ts";
import { mostLevels, tooDeepAt } from "./nesting.ts";

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

describe("nesting", () => {
  test("is counted in brackets that are open", () => {
    expect(tooDeepAt(nested(mostLevels))).toBeUndefined();
    expect(tooDeepAt(`[${nested(mostLevels - 1).repeat(3)}]`)).toBeUndefined();
    expect(tooDeepAt(nested(mostLevels + 1))).toBe(mostLevels);
    expect(tooDeepAt('{"a":'.repeat(mostLevels + 1))).toBe(5 * mostLevels);
  });

  test("is none in strings", () => {
    expect(tooDeepAt(`"${"[".repeat(100)}"`)).toBeUndefined();
    expect(tooDeepAt(`"\\"${"[".repeat(100)}"`)).toBeUndefined();
    expect(tooDeepAt(`"\\\\"${"[".repeat(100)}`)).toBe(5 + mostLevels - 1);
  });

  test.each([nested(100_000), "[".repeat(100_000), '{"a":'.repeat(100_000)])(
    "of a hundred thousand levels is a fault as any other",
    (text) => {
      const loaded = parseConfig(text, "lb.json");
      expect(loaded).toEqual({
        ok: false,
        faults: [
          expect.stringMatching(/^lb\.json:1:\d+: found more than 64 levels of brackets, expected fewer$/),
        ],
      });
    },
  );
});

test("ten thousand faults are told by the first hundred and a count, soon", () => {
  const text = `{${Array.from({ length: 10_000 }, (_, index) => `"k${index}":1`).join(",")}}`;
  const startedAtMs = performance.now();
  const loaded = parseConfig(text, "lb.json");
  expect(performance.now() - startedAtMs).toBeLessThan(3000);
  expect(loaded.ok ? [] : [loaded.faults.length, loaded.faults.at(-1)]).toEqual([
    101,
    "lb.json: and 9902 more",
  ]);
});
