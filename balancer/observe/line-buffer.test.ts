import { expect, test } from "bun:test";
import fc from "fast-check";
import { LineBuffer } from "./line-buffer.ts";

const text = (lines: LineBuffer) => new TextDecoder().decode(lines.take());

test("any text reads back from its JSON form", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (texts) => {
      const lines = new LineBuffer(16);
      for (const each of texts) {
        lines.json(each);
        lines.ascii("\n");
      }
      const read = text(lines).split("\n").slice(0, -1);
      expect(read.map((line) => JSON.parse(line))).toEqual(
        texts.map((each) => (each.toWellFormed() === each ? each : JSON.parse(JSON.stringify(each)))),
      );
    }),
  );
});

test("numbers read back, rounded to thousandths", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (whole, part) => {
        const lines = new LineBuffer(8);
        lines.integer(whole);
        lines.ascii(" ");
        lines.thousandths(part);
        const [first, second] = text(lines).split(" ");
        expect(first).toBe(String(whole));
        expect(second).toMatch(/^\d+\.\d{3}$/);
        expect(Math.abs(Number(second) - part)).toBeLessThanOrEqual(0.000_501);
      },
    ),
  );
});

test("what was taken stays, and the next begins anew", () => {
  const lines = new LineBuffer(4);
  lines.ascii("first line\n");
  const taken = lines.take();
  lines.ascii("second");
  expect(new TextDecoder().decode(taken)).toBe("first line\n");
  expect(text(lines)).toBe("second");
  expect(lines.length).toBe(0);
});
