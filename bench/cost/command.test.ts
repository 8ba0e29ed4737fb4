import { expect, spyOn, test } from "bun:test";
import { runCost } from "./command.ts";

test("prints what each kind of request takes", async () => {
  const printed = spyOn(console, "log").mockImplementation(() => {});
  expect(await runCost(["--requests", "64"])).toBe(0);
  const lines = printed.mock.calls.map(([line]) => String(line));
  printed.mockRestore();
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(Number(/ ([\d.]+) µs$/.exec(line)?.[1])).toBeGreaterThan(0);
});

test("prints it as JSON alone", async () => {
  const printed = spyOn(console, "log").mockImplementation(() => {});
  expect(await runCost(["--requests", "64", "--json"])).toBe(0);
  const costs = JSON.parse(printed.mock.calls.flat().join("\n"));
  printed.mockRestore();
  expect(costs).toHaveLength(3);
  for (const cost of costs)
    expect(cost).toEqual({ what: expect.any(String), nsPerRequest: expect.any(Number) });
});

for (const args of [["--requests", "0"], ["--requests", "many"], ["--what"]]) {
  test(`knows no ${args.join(" ")}`, async () => {
    const faults = spyOn(console, "error").mockImplementation(() => {});
    expect(await runCost(args)).toBe(2);
    faults.mockRestore();
  });
}
