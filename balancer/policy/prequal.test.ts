import { expect, test } from "bun:test";
import { seededRandom } from "../cluster/random.ts";
import { Target } from "../cluster/target.ts";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { defaultPolicyConfigs, type PrequalConfig } from "./options.ts";
import { PolicyFixture } from "./policy.fixture.ts";
import { createPolicy } from "./registry.ts";

const config = defaultPolicyConfigs.prequal;
const equal = (count: number) => Array.from({ length: count }, () => 1);

test("every query asks three different targets", () => {
  const fixture = new PolicyFixture(config, equal(40));
  for (let query = 1; query <= 30; query++) {
    fixture.choose();
    expect(new Set(fixture.probed.slice(-3)).size).toBe(3);
    expect(fixture.probed.length).toBe(3 * query);
  }
  expect(new Set(fixture.probed).size).toBeGreaterThan(30);
});

test("a fraction of a probe is sent on average, and never more probes than targets", () => {
  const half = new PolicyFixture({ ...config, probesPerQuery: 0.5 }, equal(4));
  for (let query = 0; query < 10; query++) half.choose();
  expect(half.probed.length).toBe(5);
  const two = new PolicyFixture(config, equal(2));
  two.choose();
  expect(two.probed.length).toBe(2);
});

test("without reports it draws at random", () => {
  const fixture = new PolicyFixture(config, equal(5));
  const chosen = new Set(Array.from({ length: 60 }, () => fixture.choose()));
  expect(chosen.size).toBe(5);
});

test("reports decide: the loaded target is left alone", () => {
  const fixture = new PolicyFixture(config, equal(3));
  for (let i = 0; i < 50; i++) fixture.target(0).begin();
  fixture.serve(10, 5, () => 1);
  const shares = fixture.serve(100, 5, () => 1);
  expect(shares[0]).toBe(0);
});

test("a burst between two reports does not all go to the one that looked best", () => {
  const fixture = new PolicyFixture(config, equal(4));
  fixture.serve(20, 5, () => 1);
  for (let i = 0; i < 40; i++) fixture.begin();
  for (const { inFlight } of fixture.targets) expect(inFlight).toBeLessThan(25);
});

test("with more targets than the pool holds, each gets its part", () => {
  const fixture = new PolicyFixture(config, equal(40));
  const shares = fixture.serve(4000, 1, () => 10);
  for (const share of shares) expect(share).toBeGreaterThan(40);
});

/** Prequal before targets that answer no probe but what the test reports for them. */
function silent(targetCount: number, change: Partial<PrequalConfig> = {}, random = seededRandom(1)) {
  const clock = new VirtualClock();
  const targets = Array.from(
    { length: targetCount },
    (_, i) => new Target(`t${i}`, `http://t${i}`, 1, 0, 10_000),
  );
  const policy = createPolicy({ ...config, ...change }, { clock, random, targets, probe: () => {} });
  const report = (index: number, latencyMs: number, inFlight = 0) => {
    const target = targets[index];
    if (target !== undefined) policy.observeProbe?.(target, { latencyMs, inFlight });
  };
  const picks = (count: number) => Array.from({ length: count }, () => policy.pick(targets)?.id);
  return { clock, report, picks };
}

test("a report older than a second is not used", () => {
  const { clock, report, picks } = silent(6);
  picks(1);
  for (let i = 0; i < 4; i++) report(i, 10 - i);
  clock.advance(1000);
  expect(picks(1)).toEqual(["t3"]);
  clock.advance(1);
  expect(new Set(picks(60)).size).toBe(6);
});

test("a single report does not decide", () => {
  const { report, picks } = silent(6);
  picks(1);
  report(0, 1);
  expect(new Set(picks(60)).size).toBe(6);
});

test("with more targets than the pool holds, a report decides as often as the paper's reuse allows", () => {
  const { report, picks } = silent(40, { removalsPerQuery: 0 }, () => 0.5);
  picks(1);
  // With 5 as the quantile none of them turns hot by being chosen.
  for (let i = 0; i < 4; i++) report(i, 1 + i, i === 3 ? 5 : 0);
  expect(picks(3)).toEqual(["t0", "t1", "t2"]);
});

test("each query removes the oldest or the worst report in turn", () => {
  const { report, picks } = silent(40, { probesPerQuery: 1.7 }, () => 0.5);
  picks(2);
  // With 5 as the quantile none of them is hot for the first five choices.
  for (const [i, latencyMs] of [9, 8, 1, 7, 99, 6].entries()) report(i, latencyMs, i === 4 ? 5 : 0);
  // Removed are t0, t4, t1, t3 and t2; t5 alone does not decide.
  expect(picks(6)).toEqual(["t2", "t2", "t2", "t2", "t2", "t20"]);
});
