import { describe, expect, test } from "bun:test";
import { type OptionReader, optionReader } from "./read-options.ts";

/** What one reading makes of a text: the value, or the fault. */
function reading(text: string | undefined, read: (of: OptionReader<"n">) => unknown): unknown {
  const reader = optionReader({ n: text });
  const value = read(reader);
  const outcome = reader.outcome(value);
  return outcome.ok ? outcome.value : outcome.fault;
}

describe("an option's text is read", () => {
  test.each([
    ["12", 12],
    ["1", 1],
    ["0", '--n: found "0", expected a whole number from 1 to 12'],
    ["13", '--n: found "13", expected a whole number from 1 to 12'],
    ["1.5", '--n: found "1.5", expected a whole number from 1 to 12'],
    ["", '--n: found "", expected a whole number from 1 to 12'],
  ])("as a whole number: %p", (text, expected) => {
    expect(reading(text, (of) => of.whole("n", 1, 12))).toBe(expected);
  });

  test.each([
    ["0.5", 0.5],
    ["0", '--n: found "0", expected a number above 0, up to 1'],
    ["1.1", '--n: found "1.1", expected a number above 0, up to 1'],
    ["Infinity", '--n: found "Infinity", expected a number above 0, up to 1'],
  ])("as a number above 0: %p", (text, expected) => {
    expect(reading(text, (of) => of.above0("n", 1))).toBe(expected);
  });

  test.each([
    ["2s", 2000],
    ["250ms", '--n: found "250ms", expected a duration such as "10s", of 1s or more'],
    ["2", '--n: found "2", expected a duration such as "10s", of 1s or more'],
  ])("as a duration: %p", (text, expected) => {
    expect(reading(text, (of) => of.durationMs("n", 1000))).toBe(expected);
  });

  test("as names, each once and each unknown one a fault", () => {
    expect(reading("b,a,b", (of) => of.names("n", ["a", "b"]))).toEqual(["b", "a"]);
    expect(reading("c,a,d", (of) => of.names("n", ["a", "b"]))).toBe(
      '--n: found "c", expected some of a, b\n--n: found "d", expected some of a, b',
    );
    expect(reading("a,b", (of) => of.one("n", ["a", "b"]))).toBe('--n: found "a,b", expected one of a, b');
  });

  test("as nothing where it is absent", () => {
    expect(reading(undefined, (of) => [of.whole("n", 1), of.names("n", ["a"]), of.durationMs("n")])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
