import { expect, test } from "bun:test";
import { PolicyFixture } from "./policy.fixture.ts";

const config = { name: "least-load", path: "/load", intervalMs: 1000 } as const;

function withLoads(...loads: number[]): PolicyFixture {
  const fixture = new PolicyFixture(
    config,
    loads.map(() => 1),
  );
  report(fixture, ...loads);
  return fixture;
}

function report(fixture: PolicyFixture, ...loads: number[]): void {
  for (const [i, load] of loads.entries()) fixture.group.recordLoad(fixture.target(i), load);
}

test("the lower load gets the request, and of equal ones the first", () => {
  expect(withLoads(2.82, 2.4).choose().id).toBe("b");
  expect(withLoads(5, 5).choose().id).toBe("a");
});

test("of equal ones the first gets the request, whoever had the last", () => {
  const fixture = withLoads(5, 5);
  for (let round = 0; round < 3; round++) {
    expect(fixture.choose().id).toBe("a");
    report(fixture, 5, 5);
  }
});

test("without any report they take turns", () => {
  const fixture = new PolicyFixture(config, [1, 1]);
  expect(fixture.serve(10, 1, () => 5)).toEqual([5, 5]);
});

test("what was sent since the report is added, or all would go to the last idle one", () => {
  const fixture = withLoads(10, 10, 12);
  fixture.serve(300, 10, () => 5);
  report(fixture, 30, 30, 30);
  const shares = fixture.serve(300, 1, () => 5);
  for (const share of shares) expect(share).toBeGreaterThan(80);
});

test("a target whose load rises more with each request gets fewer", () => {
  const fixture = withLoads(10, 10);
  const [strong, weak] = [fixture.target(0), fixture.target(1)];
  for (let i = 0; i < 200; i++)
    fixture.group.begin(undefined, [i % 10 === 0 ? strong : weak])?.end({ kind: "cancelled" });
  report(fixture, 50, 50);
  const [toStrong = 0, toWeak = 0] = fixture.serve(200, 5, () => 5);
  expect(toStrong).toBeGreaterThan(toWeak * 5);
});

test("a newcomer's report is not trusted for 10 s: it counts as loaded as the others", () => {
  const fixture = withLoads(50, 60, 40);
  fixture.clock.advance(9000);
  fixture.group.setState(fixture.target(2), "unhealthy");
  fixture.group.setState(fixture.target(2), "healthy");
  fixture.clock.advance(1000);
  report(fixture, 50, 60, 0);
  expect(fixture.choose().id).toBe("a");
  fixture.clock.advance(10_000);
  report(fixture, 50, 60, 0);
  expect(fixture.choose().id).toBe("c");
});

test("a report expires after 3 min: its target counts as loaded as the others", () => {
  const fixture = withLoads(50, 60, 0);
  fixture.clock.advance(180_000);
  expect(fixture.choose().id).toBe("c");
  for (const [i, load] of [50, 60].entries()) fixture.group.recordLoad(fixture.target(i), load);
  fixture.clock.advance(1);
  expect(fixture.choose().id).toBe("a");
});

test("without any report the fewest in flight decide", () => {
  const fixture = new PolicyFixture(config, [1, 1]);
  fixture.begin();
  expect(fixture.begin().target.id).toBe("b");
});
