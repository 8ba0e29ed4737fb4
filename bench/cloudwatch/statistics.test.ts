import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { withEnvironment } from "../../balancer/testing/environment.ts";
import { isMotoMissing, Moto } from "../../balancer/testing/moto.ts";
import { cloudWatchStatistics, type MeasuredWindow } from "./statistics.ts";
import { type ReadWindow, windowReader } from "./window.ts";

const window: MeasuredWindow = {
  region: "eu-central-1",
  namespace: "Ballast",
  dimensions: { Deployment: "test" },
  fromMs: Date.UTC(2026, 0, 5, 10, 0, 30),
  toMs: Date.UTC(2026, 0, 5, 10, 1, 10),
  clusters: [{ name: "cluster1", answered: 1000 }],
  instances: ["i-0123456789abcdef0"],
};

const patience = { waitMs: 1000, pauseMs: 1, signal: new AbortController().signal };

/** Requests, 5xx, healthy, seconds, samples, p50, p99, mean CPU, highest CPU. */
const whole = [
  [400, 600],
  [0, 3],
  [4, 3],
  [5, 15],
  [400, 600],
  [0.01, 0.02],
  [0.1, 0.3],
  [40, 60],
  [70, 90],
];

const joined = {
  clusters: [
    {
      cluster: "cluster1",
      requests: 1000,
      serverErrors: 3,
      healthyTargets: 3,
      averageMs: 20,
      p50Ms: 20,
      p99Ms: 300,
    },
  ],
  instances: [{ id: "i-0123456789abcdef0", averageCpu: 50, maximumCpu: 90 }],
};

describe("the statistics of a window", () => {
  test("are those of its minutes and the one after, put together", async () => {
    const asked: number[][] = [];
    const read: ReadWindow = async ([query], fromMs, toMs) => {
      expect(query?.dimensions).toEqual({ Group: "cluster1", Deployment: "test" });
      asked.push([fromMs, toMs]);
      return whole;
    };
    expect(await cloudWatchStatistics(window, read, patience)).toEqual({
      region: "eu-central-1",
      namespace: "Ballast",
      from: "2026-01-05T10:00:00.000Z",
      to: "2026-01-05T10:03:00.000Z",
      ...joined,
    });
    expect(asked).toEqual([[Date.UTC(2026, 0, 5, 10, 0), Date.UTC(2026, 0, 5, 10, 3)]]);
  });

  test("are waited for until all requests and every CPU are known", async () => {
    let looks = 0;
    const answers = [whole.map(() => []), [[400], ...whole.slice(1)], [...whole.slice(0, 7), [], []], whole];
    const read: ReadWindow = async () => answers[looks++] ?? whole;
    expect(await cloudWatchStatistics(window, read, patience)).toMatchObject(joined);
    expect(looks).toBe(4);
  });

  test("come without what is missing when that takes too long", async () => {
    const read: ReadWindow = async () => whole.map((minutes, index) => (index < 3 ? minutes : []));
    const statistics = await cloudWatchStatistics(window, read, { ...patience, waitMs: 20 });
    expect(statistics.clusters[0]).toMatchObject({ requests: 1000, averageMs: null, p99Ms: null });
    expect(statistics.instances[0]).toMatchObject({ averageCpu: null, maximumCpu: null });
  });
});

test("whoever interrupts the wait gets at once what there is", async () => {
  const controller = new AbortController();
  const read: ReadWindow = async () => {
    queueMicrotask(() => controller.abort());
    return whole.map(() => []);
  };
  const long = { waitMs: 600_000, pauseMs: 300_000, signal: controller.signal };
  expect((await cloudWatchStatistics(window, read, long)).clusters[0]?.requests).toBeNull();
});

describe.skipIf(isMotoMissing)("what was put into CloudWatch", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await Moto.start();
  });
  afterAll(() => moto.stop());

  test("is read by minutes, a value for each that has any", async () => {
    await withEnvironment(moto.env, async () => {
      const client = new CloudWatchClient({});
      const nowMs = Math.floor(Date.now() / 60_000) * 60_000;
      const at = (minutesAgo: number) => new Date(nowMs - minutesAgo * 60_000 + 5000);
      const datum = (Value: number, minutesAgo: number) => ({
        MetricName: "RequestCount",
        Dimensions: [{ Name: "Group", Value: "cluster1" }],
        Timestamp: at(minutesAgo),
        Value,
      });
      const MetricData = [datum(1, 9), datum(10, 3), datum(20, 3), datum(40, 2)];
      await client.send(new PutMetricDataCommand({ Namespace: "Ballast", MetricData }));
      const query = (value: string) => ({
        namespace: "Ballast",
        metric: "RequestCount",
        statistic: "Sum",
        dimensions: { Group: value },
      });
      const read = windowReader("eu-central-1");
      const values = await read([query("cluster1"), query("cluster2")], nowMs - 5 * 60_000, nowMs);
      expect(values.map((minutes) => [...minutes].sort())).toEqual([[30, 40], []]);
    });
  });
});
