import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import type { StatusDocument } from "../observe/status.ts";
import { AwsProxy } from "../testing/aws-proxy.ts";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { withEnvironment } from "../testing/environment.ts";
import { isMotoMissing, Moto } from "../testing/moto.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { metricReader } from "./instance-metrics.ts";

const stoppedLater = stopAfterEach();
const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const region = "eu-central-1";

/** What the balancer says to each; the SDK has tried three times by then. */
const troubles = [
  ["throttling", "hrottling"],
  ["error", "cloudwatch: metrics of g: "],
  ["garbage", "cloudwatch: metrics of g: "],
] as const;

describe.skipIf(isMotoMissing)("metrics of instances", () => {
  let moto: Moto;
  let proxy: AwsProxy;
  let client: CloudWatchClient;
  beforeAll(async () => {
    moto = await Moto.start();
    proxy = new AwsProxy(moto.url);
    client = new CloudWatchClient({ endpoint: moto.url, region, credentials });
  });
  afterAll(async () => {
    await proxy.stop();
    await moto.stop();
  });

  async function put(values: Readonly<Record<string, number>>, ageMs = 0): Promise<void> {
    const MetricData = Object.entries(values).map(([instance, Value]) => ({
      MetricName: "CPUUtilization",
      Dimensions: [{ Name: "InstanceId", Value: instance }],
      Timestamp: new Date(Date.now() - ageMs),
      Value,
    }));
    await client.send(new PutMetricDataCommand({ Namespace: "AWS/EC2", MetricData }));
  }

  const cpuOf = (instance: string) => ({
    namespace: "AWS/EC2",
    metric: "CPUUtilization",
    statistic: "Average",
    dimension: "InstanceId",
    instance,
  });

  test("are read in as few calls as may be, each the newest of the time asked for", async () => {
    await put({ "i-1": 10, "i-2": 20, "i-old": 90 }, 20 * 60_000);
    await put({ "i-1": 30 }, 3 * 60_000);
    await put({ "i-1": 50, "i-2": 60 }, 60_000);
    await withEnvironment({ ...moto.env, AWS_ENDPOINT_URL: proxy.url }, async () => {
      const instances = ["i-1", "i-2", "i-old", "i-none"].map(cpuOf);
      const { signal } = new AbortController();
      const before = proxy.requests;
      const points = await metricReader(region)(instances, Date.now() - 600_000, signal);
      expect(points.map((point) => point?.value)).toEqual([50, 60, undefined, undefined]);
      expect(Math.abs((points[0]?.atEpochMs ?? 0) - (Date.now() - 60_000))).toBeLessThan(61_000);
      expect(proxy.requests - before).toBe(1);
      const parted = await metricReader(region, 3)(instances, Date.now() - 600_000, signal);
      expect(parted).toEqual([...points]);
      expect(proxy.requests - before).toBe(3);
    });
  });

  test.each([1, 2])("decide with %p workers who gets requests, through troubles too", async (workers) => {
    const [busy, idle] = ["busy", "idle"].map((name) =>
      stoppedLater(Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(name) })),
    );
    await put({ [`i-busy${workers}`]: 95, [`i-idle${workers}`]: 5 });
    // biome-ignore lint/suspicious/noThenProperty: a key of lb.json
    const policy = { name: "cloudwatch", interval: "50ms", then: "round-robin" };
    const targets = [
      { id: "busy", instance: `i-busy${workers}`, url: busy?.url.origin },
      { id: `i-idle${workers}`, url: idle?.url.origin },
    ];
    const listener = { name: "p", protocol: "http", listen: "127.0.0.1:0", status: "/status" };
    const config = {
      listeners: [{ ...listener, routes: [{ group: "g" }] }],
      groups: { g: { policy, targets } },
      workers,
    };
    const env = { ...moto.env, AWS_ENDPOINT_URL: proxy.url };
    const started = await BalancerProcess.serve(config, undefined, env);
    const balancer = stoppedLater(started.balancer);
    const url = `http://127.0.0.1:${started.port}`;
    const status = async () => (await (await fetch(`${url}/status`)).json()) as StatusDocument;
    const answers = async (count: number) => {
      const bodies = new Set<string>();
      for (let i = 0; i < count; i++) bodies.add(await (await fetch(url)).text());
      return [...bodies].sort();
    };
    await until("the values are known", async () =>
      (await status()).groups.g?.targets.every(({ score }) => score !== null),
    );
    await until("the busy one is left out", async () => String(await answers(10)) === "idle");

    for (const [trouble, said] of workers === 1 ? troubles : []) {
      const before = balancer.stderr.length;
      proxy.trouble = trouble;
      await until(`${trouble} is told`, () => balancer.stderr.slice(before).includes(said), 10_000);
      expect(await answers(10)).toEqual(["idle"]);
      proxy.trouble = undefined;
      await until("it works again", () => balancer.stderr.slice(before).includes("works again"));
    }
    // Within the same minute it counts for the average.
    await put({ [`i-busy${workers}`]: 5 });
    await until("the busy one is back", async () => String(await answers(10)) === "busy,idle");
    // Workers tell of the main thread as it was up to a second ago.
    const { calls, failures } = await until("it is told", async () => {
      const [reading] = (await status()).cloudwatch?.metrics ?? [];
      return reading !== undefined && reading.calls > 0 && reading;
    });
    expect(calls).toBeGreaterThan(failures);
    if (workers === 1) expect(failures).toBeGreaterThan(2);
  });
});
