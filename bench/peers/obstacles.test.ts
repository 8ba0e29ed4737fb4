import { expect, test } from "bun:test";
import { obstacle } from "./obstacles.ts";

const two = { pinned: true, split: { proxy: [0], others: [1] } } as const;
const one = { pinned: false, why: "this machine offers one core only" } as const;

test("a part that the machine has no means for is told, with the reason", () => {
  expect(obstacle("workers", two)).toBeUndefined();
  expect(obstacle("workers", one)).toBe("this machine offers one core only");
  expect(obstacle("cpu", one)).toBeUndefined();
});

const h2load = Bun.which("h2load");
test(`http2 depends on h2load, which is ${h2load === null ? "not " : ""}installed`, () => {
  expect(obstacle("http2", one)).toBe(h2load === null ? "h2load (nghttp2) was not found" : undefined);
});
