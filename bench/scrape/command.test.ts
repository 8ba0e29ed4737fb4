import { expect, spyOn, test } from "bun:test";
import { runScrape } from "./command.ts";
import { measureScrapes } from "./scrape-time.ts";

test("a scrape of 64 targets is a matter of some milliseconds", async () => {
  const { lines, bytes, medianMs } = await measureScrapes(64, 20);
  expect(lines).toBeGreaterThan(64 * 40);
  expect(bytes).toBeGreaterThan(lines * 40);
  // The limit is 5 ms, and is held with room; beside other tests the machine is not its own.
  expect(medianMs).toBeLessThan(50);
});

test("is told as JSON alone", async () => {
  const printed = spyOn(console, "log").mockImplementation(() => {});
  expect(await runScrape(["--targets", "2", "--scrapes", "3", "--turns", "0", "--json"])).toBe(0);
  const cost = JSON.parse(printed.mock.calls.flat().join("\n"));
  printed.mockRestore();
  const [lines, bytes, medianMs, p99Ms] = Array.from({ length: 4 }, () => expect.any(Number));
  expect(cost).toEqual({ targets: 2, scrapes: 3, lines, bytes, medianMs, p99Ms });
});

test.each(["--targets=0", "--scrapes=x", "--turns=-1", "--what"])(
  "%s is none of its options",
  async (option) => {
    expect(await runScrape([option])).toBe(2);
  },
);
