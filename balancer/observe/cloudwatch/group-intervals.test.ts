import { expect, test } from "bun:test";
import { PolicyFixture } from "../../policy/policy.fixture.ts";
import { GroupIntervals } from "./group-intervals.ts";
import { metricData } from "./metric-data.ts";

const answered = (status: number, firstByteMs: number) =>
  ({ kind: "answered", status, firstByteMs, completeMs: firstByteMs }) as const;

test("an interval holds what has come since the last one", () => {
  const fixture = new PolicyFixture({ name: "round-robin" }, [1, 1]);
  fixture.sendTo(0, answered(200, 1));
  const intervals = new GroupIntervals(fixture.group);
  fixture.sendTo(0, answered(200, 3));
  fixture.sendTo(0, answered(503, 4));
  fixture.sendTo(1, { kind: "failed", reason: "reset", sent: true });
  fixture.group.setState(fixture.target(1), "unhealthy");
  const taken = intervals.take();
  expect(taken).toMatchObject({ group: "test", requests: 3, serverErrors: 1, healthy: 1, unhealthy: 1 });
  expect(taken.latency.sumMs).toBe(7);
  expect(intervals.take()).toMatchObject({ requests: 0, serverErrors: 0, latency: { sumMs: 0 } });
});

test("a target that leaves is counted until the last of what it has", () => {
  const fixture = new PolicyFixture({ name: "round-robin" }, [1, 1]);
  const intervals = new GroupIntervals(fixture.group);
  fixture.sendTo(0, answered(200, 5));
  const open = fixture.begin();
  fixture.group.remove(open.target);
  expect(intervals.take()).toMatchObject({ requests: 1, healthy: 1 });
  open.end(answered(200, 5));
  expect(intervals.take().requests).toBe(1);
  expect(intervals.take().requests).toBe(0);
});

test("metrics have the group and the config's dimensions, and no response time without answers", () => {
  const fixture = new PolicyFixture({ name: "round-robin" }, [1]);
  const intervals = new GroupIntervals(fixture.group);
  const names = () =>
    metricData(intervals.take(), { Env: "test" }, new Date(0)).map(({ MetricName }) => MetricName);
  const counts = ["RequestCount", "HTTPCode_Target_5XX", "HealthyHostCount", "UnHealthyHostCount"];
  expect(names()).toEqual(counts);
  fixture.sendTo(0, answered(200, 5));
  expect(names()).toEqual([...counts, "TargetResponseTime"]);
  expect(metricData(intervals.take(), { Env: "test" }, new Date(0))[0]).toEqual({
    MetricName: "RequestCount",
    Value: 0,
    Unit: "Count",
    Timestamp: new Date(0),
    Dimensions: [
      { Name: "Group", Value: "test" },
      { Name: "Env", Value: "test" },
    ],
  });
});
