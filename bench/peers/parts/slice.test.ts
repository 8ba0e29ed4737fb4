import { expect, test } from "bun:test";
import { failure, success } from "../../outcome.ts";
import { type CpuSlice, quietest } from "./slice.ts";

function slice(foreignUtilization: number | undefined, bad = 0): CpuSlice {
  return {
    cpuUsPerRequest: 10,
    requestsPerSecond: 1000,
    p50Us: undefined,
    p99Us: undefined,
    utilization: 1,
    foreignUtilization,
    answered: 1000,
    bad,
  };
}

/** What of these slices counts, and how many of them it took. */
async function taken(...slices: readonly CpuSlice[]) {
  const left = [...slices];
  const said: string[] = [];
  const outcome = await quietest(
    "nginx",
    (line) => said.push(line),
    async () => {
      const next = left.shift();
      return next === undefined ? failure("asked for one more") : success(next);
    },
  );
  return { outcome, tries: slices.length - left.length, said };
}

test("a quiet slice counts at once, and so does one of which nothing is known", async () => {
  expect(await taken(slice(0.05), slice(0))).toMatchObject({ tries: 1, said: [] });
  expect(await taken(slice(undefined), slice(0))).toMatchObject({ tries: 1 });
});

test("a disturbed one is repeated up to twice, and the quietest of them counts", async () => {
  const quiet = slice(0.01);
  const repeated = await taken(slice(0.4), quiet, slice(0));
  expect(repeated).toMatchObject({ outcome: { value: quiet }, tries: 2 });
  expect(repeated.said).toEqual([
    "disturbed, once more: nginx 10.0 µs/request, 1000 requests/s, core to 40 % with others",
  ]);
  const least = slice(0.2);
  expect(await taken(slice(0.4), least, slice(0.3), slice(0))).toMatchObject({
    outcome: { value: least },
    tries: 3,
  });
});

test("a bad answer and a fault end it, however noisy it was", async () => {
  const bad = slice(0.4, 1);
  expect(await taken(bad, slice(0))).toMatchObject({ outcome: { value: bad }, tries: 1 });
  expect(await taken()).toMatchObject({ outcome: { ok: false, fault: "asked for one more" } });
});
