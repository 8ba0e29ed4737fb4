import { expect, test } from "bun:test";
import { measureChoiceCost } from "./choice-cost.ts";

test("a choice among 90 targets costs ewma no memory", () => {
  const cost = measureChoiceCost("ewma", 90);
  // The smallest object of JavaScriptCore takes 16 bytes; growth is seen in blocks of 16 KiB over 50 000 choices.
  expect(cost.bytesPerChoice).toBeLessThan(2);
});

test("the measure sees a policy that does allocate", () => {
  expect(measureChoiceCost("prequal", 9).bytesPerChoice).toBeGreaterThan(16);
});
