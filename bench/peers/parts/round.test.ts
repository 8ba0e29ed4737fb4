import { expect, test } from "bun:test";
import { failure, success } from "../../outcome.ts";
import { type CpuRound, quietest } from "./round.ts";

function round(foreignUtilization: number | undefined, bad = 0): CpuRound {
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

/** What of these rounds counts, and how many of them it took. */
async function taken(...rounds: readonly CpuRound[]) {
  const left = [...rounds];
  const said: string[] = [];
  const outcome = await quietest(
    "nginx",
    (line) => said.push(line),
    async () => {
      const next = left.shift();
      return next === undefined ? failure("asked for one more") : success(next);
    },
  );
  return { outcome, tries: rounds.length - left.length, said };
}

test("a quiet round counts at once, and so does one of which nothing is known", async () => {
  expect(await taken(round(0.05), round(0))).toMatchObject({ tries: 1, said: [] });
  expect(await taken(round(undefined), round(0))).toMatchObject({ tries: 1 });
});

test("a disturbed one is repeated up to twice, and the quietest of them counts", async () => {
  const quiet = round(0.01);
  const repeated = await taken(round(0.4), quiet, round(0));
  expect(repeated).toMatchObject({ outcome: { value: quiet }, tries: 2 });
  expect(repeated.said).toEqual([
    "disturbed, once more: nginx 10.0 µs/request, 1000 requests/s, core to 40 % with others",
  ]);
  const least = round(0.2);
  expect(await taken(round(0.4), least, round(0.3), round(0))).toMatchObject({
    outcome: { value: least },
    tries: 3,
  });
});

test("a bad answer and a fault end it, however noisy it was", async () => {
  const bad = round(0.4, 1);
  expect(await taken(bad, round(0))).toMatchObject({ outcome: { value: bad }, tries: 1 });
  expect(await taken()).toMatchObject({ outcome: { ok: false, fault: "asked for one more" } });
});
