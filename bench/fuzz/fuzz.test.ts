import { describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import { seededRandom } from "../../balancer/cluster/random.ts";
import { runFuzz } from "./command.ts";
import { fuzz, Inputs } from "./fuzz.ts";
import { type FuzzedReader, mustHold, split } from "./reader.ts";
import { allReaders } from "./readers/all.ts";
import { fuzzInThread } from "./session.ts";

/** By a new seed each time, of which a failure tells. */
const seed = Date.now() % 1_000_000_000;
const runs = 2000;

describe("no damaged input makes wrong", () => {
  for (const reader of allReaders) {
    test(`the reader ${reader.name}`, () => {
      expect(fuzz(reader, seed, 0, runs)).toBeUndefined();
    });
  }
});

describe("the fuzzer", () => {
  const base: FuzzedReader = {
    name: "planted",
    corpus: ["GET / HTTP/1.1\r\n\r\n"],
    words: ["boom"],
    structured: fc.string(),
    check() {},
  };

  test("finds a word that a reader can't stand, and the same input by its index", () => {
    const fragile = { ...base, check: (input: Buffer) => mustHold(!input.includes("boom"), "boom") };
    const found = fuzz(fragile, 7, 0, 10_000);
    expect(found?.fault).toBe("Error: boom");
    expect(new Inputs(fragile, 7).at(found?.index ?? 0)).toEqual(found?.input ?? Buffer.alloc(0));
    expect(fuzz(fragile, 7, found?.index ?? 0, 10_000)).toEqual(found);
  });

  test("makes inputs that differ, by mutation and by structure", () => {
    const inputs = new Inputs(base, 1);
    const seen = Array.from({ length: 1000 }, (_, index) => inputs.at(index).toString("latin1"));
    expect(new Set(seen).size).toBeGreaterThan(900);
    expect(seen.filter((text) => text.includes("boom")).length).toBeGreaterThan(100);
  });

  test("splits an input in parts that make it up", () => {
    const random = seededRandom(1);
    for (let length = 0; length < 50; length++) {
      const parts = split(Buffer.alloc(length, "abc"), random);
      expect(Buffer.concat(parts).length).toBe(length);
      expect(parts.every((part) => part.length > 0)).toBe(true);
    }
  });

  test("runs in a thread, and tells how far it is", async () => {
    const [reader] = allReaders.filter(({ name }) => name === "proxy-header");
    if (reader === undefined) throw new Error("there is no such reader");
    const told: number[] = [];
    const result = await fuzzInThread(reader, 1, 12_000, (inputs) => told.push(inputs));
    expect([told, result.inputs, result.failure]).toEqual([[10_000, 12_000], 12_000, undefined]);
  });

  test("tells what it did as JSON alone", async () => {
    const printed = spyOn(console, "log").mockImplementation(() => {});
    const shown = spyOn(process.stdout, "write").mockImplementation(() => true);
    expect(await runFuzz(["--runs", "10", "--seed", "3", "--reader", "control", "--json"])).toBe(0);
    const [calls, others] = [printed.mock.calls, shown.mock.calls];
    for (const each of [printed, shown]) each.mockRestore();
    expect(JSON.parse(calls.flat().join("\n"))).toEqual({
      seed: 3,
      runs: 10,
      readers: [
        { reader: "control", inputs: 10, tookMs: expect.any(Number), grownBytes: expect.any(Number) },
      ],
    });
    expect(others).toEqual([]);
  });

  test.each([[["--runs", "0"]], [["--runs", "x"]], [["--reader", "nobody"]], [["--nonsense"]]])(
    "refuses %j",
    async (args) => {
      expect(await runFuzz(args)).toBe(2);
    },
  );
});
