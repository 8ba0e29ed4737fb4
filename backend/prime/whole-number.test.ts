import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseWholeNumber } from "./whole-number.ts";

describe("parseWholeNumber", () => {
  test("reads every whole number it is given in decimal digits", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (n) => {
        expect(parseWholeNumber(String(n))).toEqual({ ok: true, value: n });
      }),
    );
  });

  test.each([
    ["0", 0],
    ["007", 7],
    ["9007199254740991", 2 ** 53 - 1],
  ])("%s is %d", (text, value) => {
    expect(parseWholeNumber(text)).toEqual({ ok: true, value });
  });

  test.each([
    "",
    "foo",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    " 1",
    "1 ",
    "1\n",
    "٣",
    "Infinity",
    "9007199254740992",
    "9007199254740993",
    "99999999999999999999999",
  ])("%j is refused, quoted, on one line", (text) => {
    const read = parseWholeNumber(text);
    expect(read).toEqual({
      ok: false,
      faults: [`found ${JSON.stringify(text)}, expected a whole number from 0 to 9007199254740991 (2^53-1)`],
    });
  });

  test("a long text is quoted in part", () => {
    const read = parseWholeNumber("x".repeat(10_000));
    if (read.ok) throw new Error("accepted");
    expect(read.faults[0]).toStartWith(`found "${"x".repeat(40)}...", expected`);
  });
});
