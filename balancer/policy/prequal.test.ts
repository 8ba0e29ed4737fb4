import { expect, test } from "bun:test";
import { defaultPolicyConfigs } from "./options.ts";
import { PolicyFixture } from "./policy.fixture.ts";

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
  fixture.target(0).inFlight = 50;
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
