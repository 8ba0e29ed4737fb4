import { expect, test } from "bun:test";
import fc from "fast-check";
import { ByteBuffer } from "./byte-buffer.ts";

const text = (lines: ByteBuffer) => new TextDecoder().decode(lines.copy());

test("any text reads back from its JSON form", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (texts) => {
      const lines = new ByteBuffer(16);
      for (const each of texts) {
        lines.json(each);
        lines.latin1("\n");
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
        const lines = new ByteBuffer(8);
        lines.integer(whole);
        lines.latin1(" ");
        lines.thousandths(part);
        const [first, second] = text(lines).split(" ");
        expect(first).toBe(String(whole));
        expect(second).toMatch(/^\d+\.\d{3}$/);
        expect(Math.abs(Number(second) - part)).toBeLessThanOrEqual(0.000_501);
      },
    ),
  );
});

test("a range of bytes is appended whole, be it long or short", () => {
  const source = new Uint8Array(200).map((_, index) => index);
  fc.assert(
    fc.property(fc.nat(200), fc.nat(200), (one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const bytes = new ByteBuffer(1);
      bytes.latin1("x");
      bytes.appendRange(source, from, to);
      expect([...bytes.copy(1)]).toEqual([...source.subarray(from, to)]);
    }),
  );
});

test("what does not fit makes room, and a copy stays as it was", () => {
  const bytes = new ByteBuffer(2);
  bytes.latin1("caf\xe9 ");
  bytes.append(new Uint8Array([1, 2, 3]));
  const copied = bytes.copy(5);
  bytes.clear();
  bytes.latin1("x");
  expect([...copied]).toEqual([1, 2, 3]);
  expect([...bytes.bytes.subarray(0, bytes.length)]).toEqual([120]);
});
