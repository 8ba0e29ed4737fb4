import { expect, test } from "bun:test";
import { measureScrapes, runScrape } from "./command.ts";

test("a scrape of 64 targets is a matter of some milliseconds", async () => {
  const { lines, bytes, medianMs } = await measureScrapes(64, 20);
  expect(lines).toBeGreaterThan(64 * 40);
  expect(bytes).toBeGreaterThan(lines * 40);
  // The limit is 5 ms, and is held with room; beside other tests the machine is not its own.
  expect(medianMs).toBeLessThan(50);
});

test.each(["--targets=0", "--scrapes=x", "--what"])("%s is none of its options", async (option) => {
  expect(await runScrape([option])).toBe(2);
});
