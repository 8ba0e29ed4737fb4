import { expect, test } from "bun:test";
import type { Outcome } from "../../cluster/attempt.ts";
import { Target } from "../../cluster/target.ts";
import { GroupPenalties } from "./penalty.ts";

const good: Outcome = { kind: "answered", status: 200, firstByteMs: 10, completeMs: 10 };
const unavailable = (retryAfterMs?: number): Outcome => ({
  kind: "answered",
  status: 503,
  firstByteMs: 1,
  completeMs: 1,
  retryAfterMs,
});

/** Two targets; the first is told of `outcomes` at 0, after the second has answered well for long. */
function penaltiesAfter(...outcomes: Outcome[]) {
  const [target, other] = ["a", "b"].map((id) => new Target(id, `http://${id}`, 1, 0, 10_000)) as [
    Target,
    Target,
  ];
  const penalties = new GroupPenalties([target, other]);
  for (let i = 0; i < 100; i++) penalties.observe(other, good, 0);
  for (const outcome of outcomes) penalties.observe(target, outcome, 0);
  return { penalties, target, other, at: (nowMs: number) => penalties.penaltyMs(target, nowMs) };
}

test("a target that never refuses has none", () => {
  expect(penaltiesAfter(good, good, { kind: "cancelled" }).at(0)).toBe(0);
});

test("one that always refuses is as good as 5 s away, less as time passes, and then forgiven", () => {
  const { at } = penaltiesAfter(...Array.from({ length: 99 }, () => unavailable()));
  expect(at(0)).toBeCloseTo(4950);
  expect(at(2500)).toBeCloseTo(2475);
  expect(at(5000)).toBe(0);
});

test("Retry-After says how long, up to 300 s", () => {
  const many = (retryAfterMs: number) => Array.from({ length: 99 }, () => unavailable(retryAfterMs));
  expect(penaltiesAfter(...many(60_000)).at(0)).toBeCloseTo(0.99 * 60_000);
  expect(penaltiesAfter(...many(86_400_000)).at(0)).toBeCloseTo(0.99 * 300_000);
});

test("a later refusal that asks for less does not shorten the wait", () => {
  const { at } = penaltiesAfter(unavailable(60_000), unavailable());
  expect(at(10_000)).toBeGreaterThan(0);
});

test("it is never less than what the target takes anyway", () => {
  const { penalties, target } = penaltiesAfter();
  target.requestLatency.record(20_000, 0);
  for (let i = 0; i < 99; i++) penalties.observe(target, unavailable(), 0);
  expect(penalties.penaltyMs(target, 0)).toBeCloseTo(0.99 * 20_000);
});

test("it weighs as often as the target refuses", () => {
  const { at } = penaltiesAfter(...Array.from({ length: 98 }, () => good), unavailable());
  expect(at(0)).toBeCloseTo(50);
});

test("what the others refuse as often is no fault of the target", () => {
  const { penalties, target, other } = penaltiesAfter(unavailable(), unavailable());
  expect(penalties.penaltyMs(target, 0)).toBeGreaterThan(3000);
  for (let i = 0; i < 400; i++) penalties.observe(other, unavailable(), 0);
  expect(penalties.penaltyMs(target, 0)).toBe(0);
});

test("among few answers a refusal more than the others' is taken for chance", () => {
  const { penalties, target, other } = penaltiesAfter(...Array.from({ length: 9 }, () => good));
  for (let i = 0; i < 5; i++) penalties.observe(other, unavailable(), 0);
  penalties.observe(target, unavailable(), 0);
  expect(penalties.penaltyMs(target, 0)).toBe(0);
});

test("refusals are forgotten with time", () => {
  const { penalties, target, at } = penaltiesAfter(...Array.from({ length: 20 }, () => unavailable()));
  penalties.refresh(30_000);
  for (let i = 0; i < 20; i++) penalties.observe(target, good, 30_000);
  penalties.observe(target, unavailable(), 30_000);
  penalties.refresh(30_000);
  expect(at(30_000)).toBeLessThan(5000 * 0.15);
});
