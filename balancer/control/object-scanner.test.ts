import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ObjectScanner, type Scanned } from "./object-scanner.ts";

const maxBytes = 65_536;

function scan(...parts: readonly (string | Uint8Array)[]): Scanned[] {
  const scanner = new ObjectScanner(maxBytes);
  const found: Scanned[] = [];
  for (const part of parts) scanner.push(Buffer.from(part), (scanned) => found.push(scanned));
  return found;
}

const objects = (...parts: readonly (string | Uint8Array)[]) =>
  scan(...parts).map((scanned) => (scanned.kind === "object" ? scanned.text : `fault: ${scanned.fault}`));

describe("finds objects", () => {
  const [a, b] = ['{"a":1}', '{"b":{"c":"}{"}}'];

  test("with or without a newline or blanks between them", () => {
    expect(objects(`${a}\n${b}\r\n${a}${b} \t${a}\n\n`)).toEqual([a, b, a, b, a]);
  });

  test("split anywhere, in one part or byte by byte", () => {
    const text = `${a}${b}`;
    for (let at = 0; at <= text.length; at++)
      expect(objects(text.slice(0, at), text.slice(at))).toEqual([a, b]);
    expect(objects(...text)).toEqual([a, b]);
  });

  test("with braces, quotes and backslashes in strings", () => {
    const tricky = ['{"x":"\\"}"}', '{"x":"\\\\"}', '{"\\\\\\"{":"{{{"}'];
    expect(objects(tricky.join(""))).toEqual(tricky);
  });

  test("as soon as the last brace has come", () => {
    expect(objects('{"a":{', "}")).toEqual([]);
    expect(objects('{"a":{', "}", "}")).toEqual(['{"a":{}}']);
  });

  test("however the stream is cut and whatever blanks stand between", () => {
    const object = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue(), { noNullPrototype: true });
    const blanks = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(object, blanks, fc.boolean()), { maxLength: 8 }),
        fc.array(fc.nat(400), { maxLength: 20 }),
        (all, cuts) => {
          const text = all
            .map(([value, blank, isPretty]) => blank + JSON.stringify(value, null, isPretty ? 2 : 0))
            .join("");
          const bytes = Buffer.from(text);
          const at = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((x, y) => x - y);
          const parts = at.map((end, index) => bytes.subarray(at[index - 1] ?? 0, end));
          const found = objects(...parts).map((each) => JSON.parse(each));
          expect(found).toEqual(all.map(([value]) => JSON.parse(JSON.stringify(value))));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("and the same faults, however a stream of anything is cut", () => {
    const bytes = fc.array(fc.constantFrom(...'{}"\\\n a1[,é\u0000'), { maxLength: 60 });
    fc.assert(
      fc.property(bytes, fc.nat(60), (characters, cut) => {
        const whole = Buffer.from(characters.join(""));
        expect(scan(whole.subarray(0, cut), whole.subarray(cut))).toEqual(scan(whole));
        expect(scan(...[...whole].map((byte) => Uint8Array.of(byte)))).toEqual(scan(whole));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("what is no object", () => {
  test("is told once a line, and what follows is found", () => {
    expect(objects('hello world\n{"a":1}')).toEqual(['fault: found "h", expected a JSON object', '{"a":1}']);
    expect(objects("x\ny\n")).toEqual([
      'fault: found "x", expected a JSON object',
      'fault: found "y", expected a JSON object',
    ]);
  });

  test("ends at an opening brace too", () => {
    expect(objects('12{"a":1}}')).toEqual([
      'fault: found "1", expected a JSON object',
      '{"a":1}',
      'fault: found "}", expected a JSON object',
    ]);
  });

  test("is named by its byte when it can't be seen", () => {
    expect(objects(Uint8Array.of(0, 10, 255))).toEqual([
      "fault: found the byte 0x00, expected a JSON object",
      "fault: found the byte 0xff, expected a JSON object",
    ]);
  });

  test("bytes that are no UTF-8 spoil their object alone", () => {
    const spoilt = Buffer.concat([Buffer.from('{"a":"'), Uint8Array.of(0xc3), Buffer.from('"}{"b":1}')]);
    expect(objects(spoilt)).toEqual([
      "fault: found an object with bytes that are no UTF-8, expected UTF-8",
      '{"b":1}',
    ]);
  });
});

describe("an object over the limit", () => {
  const ofLength = (bytes: number) => `{"a":"${"x".repeat(bytes - 8)}"}`;
  const tooLong = "fault: found an object over 65536 bytes, expected at most 65536";

  test("is told once and passed over to its end", () => {
    expect(objects(ofLength(maxBytes + 1), '{"b":1}')).toEqual([tooLong, '{"b":1}']);
    expect(objects(...(ofLength(maxBytes + 5000).match(/.{1,1000}/g) ?? []), '{"b":1}')).toEqual([
      tooLong,
      '{"b":1}',
    ]);
  });

  test("begins right above it", () => {
    expect(objects(ofLength(maxBytes))).toEqual([ofLength(maxBytes)]);
  });

  test("is told before it ends, if it ever does", () => {
    expect(objects('{"a":"', "x".repeat(maxBytes))).toEqual([tooLong]);
  });
});
