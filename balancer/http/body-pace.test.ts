import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { BodyPace } from "./body-pace.ts";

describe("the pace of a body", () => {
  test("is free for 10 s", () => {
    const clock = new VirtualClock();
    const pace = new BodyPace(clock, 240);
    pace.begin();
    clock.advance(10_000);
    expect(pace.isTooSlow(0)).toBe(false);
    clock.advance(1);
    expect(pace.isTooSlow(0)).toBe(true);
  });

  test("is bytes over time from then on", () => {
    const clock = new VirtualClock();
    const pace = new BodyPace(clock, 240);
    pace.begin();
    clock.advance(15_000);
    expect(pace.isTooSlow(1200)).toBe(false);
    clock.advance(1000);
    expect(pace.isTooSlow(239)).toBe(true);
  });

  test("does not count the time in which nobody asks for more", () => {
    const clock = new VirtualClock();
    const pace = new BodyPace(clock, 240);
    pace.begin();
    clock.advance(9000);
    pace.pause();
    clock.advance(60_000);
    pace.begin();
    expect(pace.isTooSlow(1)).toBe(false);
    clock.advance(2000);
    expect(pace.isTooSlow(1)).toBe(true);
  });

  test("is of no interest without a rate", () => {
    const clock = new VirtualClock();
    const pace = new BodyPace(clock, 0);
    pace.begin();
    clock.advance(1e9);
    expect(pace.isTooSlow(0)).toBe(false);
  });
});
