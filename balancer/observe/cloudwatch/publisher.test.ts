import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CloudWatchClient, GetMetricStatisticsCommand, type Statistic } from "@aws-sdk/client-cloudwatch";
import { AwsProxy } from "../../testing/aws-proxy.ts";
import { BalancerProcess } from "../../testing/balancer-process.ts";
import { isMotoMissing, Moto } from "../../testing/moto.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { until } from "../../testing/until.ts";

const stoppedLater = stopAfterEach();
const credentials = { accessKeyId: "test", secretAccessKey: "test" };

interface Sent {
  readonly MetricName: string;
  readonly Value?: number;
  readonly Values?: readonly number[];
  readonly Counts?: readonly number[];
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
}

describe.skipIf(isMotoMissing)("what is published", () => {
  let moto: Moto;
  let client: CloudWatchClient;
  beforeAll(async () => {
    moto = await Moto.start();
    client = new CloudWatchClient({ endpoint: moto.url, region: "eu-central-1", credentials });
  });
  afterAll(() => moto.stop());

  async function start(namespace: string, workers: number, groupCount = 1) {
    const sent: Sent[] = [];
    const encodings: (string | null)[] = [];
    const proxy = stoppedLater(
      new AwsProxy(moto.url, (body, headers) => {
        const encoding = headers.get("content-encoding");
        encodings.push(encoding);
        const text = encoding === "gzip" ? Bun.gunzipSync(Uint8Array.from(body)) : body;
        sent.push(...JSON.parse(new TextDecoder().decode(text)).MetricData);
      }),
    );
    const target = stoppedLater(
      Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: ({ url }) => new Response("", { status: url.endsWith("/bad") ? 500 : 200 }),
      }),
    );
    const groups = Array.from({ length: groupCount }, (_, index) => [
      `group${index}`,
      { targets: [{ url: target.url.origin }] },
    ]);
    const config = {
      listeners: [
        {
          name: "p",
          protocol: "http",
          listen: "127.0.0.1:0",
          status: "/status",
          routes: [{ group: "group0" }],
        },
      ],
      groups: Object.fromEntries(groups),
      cloudwatch: { namespace, interval: "100ms", dimensions: { Env: "test" } },
      workers,
    };
    const env = { ...moto.env, AWS_ENDPOINT_URL: proxy.url };
    const started = await BalancerProcess.serve(config, undefined, env);
    const balancer = stoppedLater(started.balancer);
    const ask = async (path: string, count: number) => {
      for (let i = 0; i < count; i++) await (await fetch(`http://127.0.0.1:${started.port}${path}`)).text();
    };
    const total = (name: string) =>
      sent.filter(({ MetricName }) => MetricName === name).reduce((sum, { Value = 0 }) => sum + Value, 0);
    return { balancer, ask, proxy, sent, encodings, total };
  }

  async function statistic(Namespace: string, MetricName: string, kind: Statistic): Promise<number> {
    const { Datapoints = [] } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace,
        MetricName,
        StartTime: new Date(Date.now() - 600_000),
        EndTime: new Date(Date.now() + 60_000),
        Period: 3600,
        Statistics: [kind],
        Dimensions: [
          { Name: "Group", Value: "group0" },
          { Name: "Env", Value: "test" },
        ],
      }),
    );
    return Datapoints.reduce((sum, point) => sum + (point[kind] ?? 0), 0);
  }

  test.each([1, 2])("with %p workers is every request once, the last ones at the end", async (workers) => {
    const namespace = `Ballast${workers}`;
    const { balancer, ask, sent } = await start(namespace, workers);
    await ask("/", 20);
    await until("something is published", () => sent.length > 0);
    await ask("/bad", 5);
    balancer.signal("SIGTERM");
    expect((await balancer.exited).exitCode).toBe(0);
    expect(await statistic(namespace, "RequestCount", "Sum")).toBe(25);
    expect(await statistic(namespace, "HTTPCode_Target_5XX", "Sum")).toBe(5);
    expect(await statistic(namespace, "HealthyHostCount", "Maximum")).toBe(1);
    const times = sent.filter(({ MetricName }) => MetricName === "TargetResponseTime");
    const answers = times.flatMap(({ Counts = [] }) => Counts).reduce((sum, count) => sum + count, 0);
    expect(answers).toBe(25);
    for (const seconds of times.flatMap(({ Values = [] }) => Values)) expect(seconds).toBeLessThan(1);
  });

  test("outlasts trouble: nothing is lost, and nothing counted twice", async () => {
    const { balancer, ask, proxy, total } = await start("Trouble", 1);
    for (const trouble of ["throttling", "error"] as const) {
      const before = balancer.stderr.length;
      proxy.trouble = trouble;
      await ask("/", 10);
      await until(`${trouble} is told`, () =>
        balancer.stderr.slice(before).includes("cloudwatch: publishing: "),
      );
      proxy.trouble = undefined;
      await until("it works again", () => balancer.stderr.slice(before).includes("publishing: works again"));
    }
    expect(total("RequestCount")).toBe(20);
    proxy.trouble = "slow";
    balancer.signal("SIGTERM");
    expect((await balancer.exited).stderr).toContain("cloudwatch: publishing at the end: ");
  }, 30_000);

  test("is packed when it is much", async () => {
    const { encodings } = await start("Much", 1, 40);
    await until("it is published", () => encodings.includes("gzip"));
  });
});
