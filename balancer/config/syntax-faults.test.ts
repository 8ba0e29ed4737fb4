import { expect, test } from "bun:test";
import { faultsOf } from "./config.fixture.ts";

test.each([
  ["", '1:1: found "the end of the file", which is no JSON, expected a value'],
  ['{\n  "a": 1,\n}', '3:1: found "}" after a comma, expected no comma after the last'],
  ['{ "a": [1, 2,] }', '1:14: found "]" after a comma, expected no comma after the last'],
  ["{\n  // why\n}", '2:3: found "// why", which is no JSON, expected no comment'],
  ['{\n  "a": 1\n  "b": 2\n}', '3:3: found "\\"b\\"", which is no JSON, expected ","'],
  ["{ 'a': 1 }", `1:3: found "'a'", which is no JSON, expected a value, or a text in double quotes`],
  ["{ a: 1 }", '1:3: found "a", which is no JSON, expected a value, or a text in double quotes'],
  ['{ "a" 1 }', '1:7: found "1", which is no JSON, expected ":"'],
  ['{ "a": [1', '1:10: found "the end of the file", which is no JSON, expected "]"'],
  ["{} {}", '1:4: found "{", which is no JSON, expected nothing more'],
])("%p is no JSON", (text, fault) => {
  expect(faultsOf(text)[0]).toBe(`lb.json:${fault}`);
});

test("of a line that is no JSON the first fault, and of another its own", () => {
  expect(faultsOf('{\n  a: 1,\n  b: 2,\n  "c": 3\n}').map((fault) => fault.split(": ")[0])).toEqual([
    "lb.json:2:3",
    "lb.json:3:3",
  ]);
});
