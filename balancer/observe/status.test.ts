import { expect, test } from "bun:test";
import { Group } from "../cluster/group.ts";
import { Target } from "../cluster/target.ts";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { statusDocument } from "./status.ts";

test("tells of every target what it is, how it is, and what it has done", () => {
  const clock = new VirtualClock();
  const targets = ["a", "b"].map((id) => new Target(id, `http://${id}:80`, 2, 0, 1000));
  const score = (target: Target) => (target.id === "a" ? 1.23456 : Number.POSITIVE_INFINITY);
  const group = new Group("g", targets, { pick: (available) => available[0], score }, clock);
  group.begin()?.end({ kind: "answered", status: 500, firstByteMs: 12.3456, completeMs: 20 });
  group.begin()?.end({ kind: "answered", status: 200, firstByteMs: 12.3456, completeMs: 20 });
  group.begin();
  const [reporting] = targets;
  if (reporting !== undefined) group.recordLoad(reporting, 2.82);
  clock.advance(250);
  const document = JSON.parse(
    JSON.stringify(statusDocument("1.2.3", 12.3456, [{ group, policyName: "ewma" }])),
  );
  expect(document).toEqual({
    version: "1.2.3",
    uptimeSeconds: 12.3,
    groups: {
      g: {
        policy: "ewma",
        panic: false,
        targets: [
          {
            id: "a",
            url: "http://a:80",
            state: "unknown",
            score: 1.235,
            ewmaMs: 12.346,
            inFlight: 1,
            requests: 2,
            failures: 1,
            weight: 2,
            load: 2.82,
            loadAgeMs: 250,
          },
          // What JSON can't hold, or what is not known yet, is null.
          {
            id: "b",
            url: "http://b:80",
            state: "unknown",
            score: null,
            ewmaMs: null,
            inFlight: 0,
            requests: 0,
            failures: 0,
            weight: 2,
            load: null,
            loadAgeMs: null,
          },
        ],
      },
    },
  });
});

test("tells while a target is ejected why, for how long yet and how often, and when there is panic", () => {
  const clock = new VirtualClock();
  const place = { priority: 1, zone: "a" };
  const targets = ["a", "b"].map((id) => new Target(id, `http://${id}:80`, 1, 0, 1000, undefined, place));
  const policy = { pick: (available: readonly Target[]) => available[0], score: () => 0 };
  const group = new Group("g", targets, policy, clock, undefined, { panicThreshold: 0.6 });
  const told = () => statusDocument("1", 0, [{ group, policyName: "ewma" }]).groups.g;
  expect(told()?.targets[0]).not.toHaveProperty("ejection");
  const [ejected] = targets;
  if (ejected === undefined) throw new Error("two targets expected");
  ejected.ejection.ejected(5000, "successRate");
  group.setState(ejected, "ejected");
  clock.advance(1260);
  expect(told()).toMatchObject({
    panic: true,
    targets: [
      {
        state: "ejected",
        ejection: { cause: "successRate", secondsLeft: 3.7, times: 1 },
        priority: 1,
        zone: "a",
      },
      { state: "unknown" },
    ],
  });
  group.setState(ejected, "healthy");
  expect(told()?.targets[0]).not.toHaveProperty("ejection");
});
