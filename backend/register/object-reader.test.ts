import { expect, test } from "bun:test";
import fc from "fast-check";
import { ObjectReader } from "./object-reader.ts";

test("objects come out whole, with or without newlines, however the stream is cut", () => {
  const object = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue(), { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(object, fc.constantFrom("", "\n", " \r\n"))), fc.nat(200), (all, cut) => {
      const text = all.map(([value, blank]) => JSON.stringify(value) + blank).join("");
      const reader = new ObjectReader();
      const found: unknown[] = [];
      for (const part of [text.slice(0, cut), text.slice(cut)])
        reader.push(part, (each) => found.push(JSON.parse(each)));
      expect(found).toEqual(all.map(([value]) => JSON.parse(JSON.stringify(value))));
    }),
  );
});

test("what is no object is passed over", () => {
  const found: string[] = [];
  new ObjectReader().push('x ] "{"ack":"hello"}\n}{"a":"\\"}"}', (each) => found.push(each));
  expect(found).toEqual(['{"ack":"hello"}', '{"a":"\\"}"}']);
});
