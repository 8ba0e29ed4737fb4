import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  countSlots,
  estimateSlots,
  groupMemoryBytes,
  groupSlots,
  rowSlots,
  tallySlots,
  targetMemory,
  valueSlots,
  viewGroupMemory,
} from "./group-memory.ts";
import { histogramFloats } from "./histogram.ts";

const tallyLength = tallySlots.connect + histogramFloats;
/** How many slots each estimate has. */
const estimateLengths = { requestLatency: 4, refusals: 4, probeLatency: 4, loadReport: 7, ejection: 3 };

test("no number stands where another does, and all stand within the buffer", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 33 }), (targets, threads) => {
      const bytes = groupMemoryBytes(targets, threads);
      const taken = new Uint8Array(bytes);
      const take = (at: number, length: number) => {
        expect(at + length).toBeLessThanOrEqual(bytes);
        for (let byte = at; byte < at + length; byte++) taken[byte] = (taken[byte] ?? 0) + 1;
      };
      const memory = viewGroupMemory(new ArrayBuffer(bytes), targets, threads, 0);
      for (const slot of Object.values(groupSlots)) take(slot * 4, 4);
      for (let index = 0; index < targets; index++) {
        const target = targetMemory(memory, index);
        for (const slot of Object.values(countSlots)) take((target.countsAt + slot) * 4, 4);
        for (const slot of Object.values(valueSlots)) take((target.valuesAt + slot) * 8, 8);
        for (const [name, length] of Object.entries(estimateLengths))
          take((target.estimatesAt + estimateSlots[name as keyof typeof estimateSlots]) * 8, length * 8);
        for (let thread = 0; thread < threads; thread++) {
          const row = target.rowsAt + thread * target.rowStride;
          for (const slot of Object.values(rowSlots)) take((row + slot) * 8, 8);
          take((target.tallyAt + thread * target.tallyStride) * 8, tallyLength * 8);
        }
      }
      expect(taken.reduce((most, times) => Math.max(most, times), 0)).toBe(1);
    }),
    { numRuns: 50 },
  );
});

test("what different threads write alone shares no cache line", () => {
  const target = targetMemory(viewGroupMemory(new ArrayBuffer(groupMemoryBytes(7, 3)), 7, 3, 0), 6);
  const lineOfRow = (index: number, thread: number) =>
    Math.floor(((target.rowsAt + (index - 6) * 3 + thread * target.rowStride) * 8) / 64);
  expect(lineOfRow(0, 1)).toBeGreaterThan(lineOfRow(6, 0));
  expect((target.rowStride * 8) % 64).toBe(0);
});
