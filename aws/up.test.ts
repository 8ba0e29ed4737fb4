import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { BalancerProcess } from "../balancer/testing/balancer-process.ts";
import { isMotoMissing, Moto } from "../balancer/testing/moto.ts";
import { stopAfterEach } from "../balancer/testing/stop-after-each.ts";
import { until } from "../balancer/testing/until.ts";
import { runBench } from "../bench/commands/bench.ts";
import { interrupted } from "../bench/commands/interrupt.ts";
import type { Outputs } from "../stacks/outputs.ts";
import { AccountFront } from "./testing/account-front.ts";
import { Desk } from "./testing/desk.ts";
import { type Scenario, StandInTerraform } from "./testing/stand-in-terraform.ts";

const stoppedLater = stopAfterEach();
const region = "us-east-1";

describe.skipIf(isMotoMissing)("aws up", () => {
  let moto: Moto;
  let front: AccountFront;
  let ids: readonly string[];
  beforeAll(async () => {
    moto = await Moto.start();
    front = new AccountFront(moto.url);
    ids = await runInstances(2);
  });
  afterAll(async () => {
    await front.stop();
    await moto.stop();
  });

  const ec2 = () =>
    new EC2Client({ endpoint: moto.url, region, credentials: { accessKeyId: "t", secretAccessKey: "t" } });

  async function runInstances(count: number): Promise<string[]> {
    const { Instances = [] } = await ec2().send(
      new RunInstancesCommand({
        ImageId: "ami-12c6146b",
        InstanceType: "t2.micro",
        MinCount: count,
        MaxCount: count,
      }),
    );
    return Instances.map(({ InstanceId = "" }) => InstanceId);
  }

  function sitDown(scenario: Scenario = {}): { desk: Desk; terraform: StandInTerraform } {
    front.facts = {};
    const terraform = stoppedLater(new StandInTerraform(scenario));
    return { desk: stoppedLater(new Desk(terraform, front.url)), terraform };
  }

  /** A balancer with a backend for each cluster, and the outputs of a stack that has it. `health` is the second one's. */
  async function deployed(health = 200): Promise<Outputs> {
    const [one = "", two = ""] = ids;
    const backend = (cluster: string, status: number) =>
      stoppedLater(
        Bun.serve({
          hostname: "127.0.0.1",
          port: 0,
          fetch: ({ url }) =>
            new URL(url).pathname === "/health"
              ? new Response("", { status })
              : Response.json({ message: "hello", instance: one, cluster }),
        }),
      );
    const group = (id: string, cluster: string, status: number) => ({
      policy: "ewma",
      health: { path: "/health", interval: "50ms" },
      targets: [{ id, url: backend(cluster, status).url.origin }],
    });
    const routes = ["cluster1", "cluster2"].map((name) => ({ path: `/${name}`, group: name }));
    const started = await BalancerProcess.serve({
      listeners: [
        { name: "p", protocol: "http", listen: "127.0.0.1:0", status: "/status", exposeTarget: true, routes },
      ],
      groups: { cluster1: group(one, "cluster1", 200), cluster2: group(two, "cluster2", health) },
    });
    stoppedLater(started.balancer);
    const balancerUrl = `http://127.0.0.1:${started.port}`;
    return {
      region,
      balancerUrl,
      statusUrl: `${balancerUrl}/status`,
      bucket: "b",
      instanceIds: { balancer: [], cluster1: [one], cluster2: [two] },
      instanceGroups: {},
    };
  }

  test("creates, waits, measures, and tells the address; a second time it changes nothing", async () => {
    const outputs = await deployed();
    const { desk, terraform } = sitDown({ outputs });
    const first = await desk.up("--yes", "--json", "--", "--rate", "5");
    expect(first.said).toMatch(/lab of "ballast" in us-east-1, account \d{12}/);
    expect(first.said).toMatch(/To be created: 55: 10 aws_instance, .*1 aws_vpc\n/);
    expect(first.said).not.toMatch(/To be (changed|replaced|destroyed)/);
    expect(first.said).toMatch(/instance t2\.large +4 +\$0\.3712/);
    expect(first.said).toMatch(/together +\$0\.5333/);
    expect(first.said).toContain("aws_instance.cluster1-1 created, 2s");
    expect(first.said).toContain("all targets are healthy, after ");
    expect(first.said).toContain(`lab is at ${outputs.balancerUrl}`);
    expect(first.benched).toEqual([
      [
        ...["--url", outputs.balancerUrl ?? "", "--out", "report/aws-lab"],
        ...["--cloudwatch", "us-east-1,Ballast", "--cloudwatch-dimensions", "Deployment=ballast/lab"],
        ...["--rate", "5"],
      ],
    ]);
    expect(JSON.parse(first.printed)).toEqual(outputs);
    expect(first.exitCode).toBe(0);
    const made = terraform.state;
    expect(made).toContain("aws_instance.balancer");

    const second = await desk.up();
    expect(second.said).toContain("Nothing has to change");
    expect(second.benched).toHaveLength(1);
    expect(second.exitCode).toBe(0);
    expect(terraform.state).toEqual(made);
    expect(terraform.calls.filter((call) => call.startsWith("apply"))).toHaveLength(1);
  });

  test("its arguments are good for the benchmark", async () => {
    const { desk } = sitDown({ outputs: await deployed() });
    const out = mkdtempSync(join(tmpdir(), "ballast-report-"));
    stoppedLater({ stop: () => rmSync(out, { recursive: true }) });
    desk.tools = { bench: (args) => runBench(args, "bench") };
    const small = ["--requests", "20", "--concurrency", "4", "--cloudwatch-wait", "1ms", "--out", out];
    const ran = await desk.up("--yes", "--", ...small);
    expect(ran.exitCode).toBe(0);
    const { runs, cloudWatch } = await Bun.file(join(out, "report.json")).json();
    expect(runs.map(({ cluster }: { cluster: string }) => cluster)).toEqual(["cluster1", "cluster2"]);
    expect(cloudWatch).toBeObject();
  });

  test("quotas that may not be read are no reason to stop", async () => {
    const { desk } = sitDown({ outputs: await deployed() });
    front.facts = { quotasDenied: true };
    const ran = await desk.up("--yes", "--no-bench");
    expect(ran.said).toContain("quota of VPCs: not checked: AccessDeniedException: not for you");
    expect([ran.exitCode, ran.benched]).toEqual([0, []]);
  });

  test("a deploy that fails half way says what is there, what it costs, and how to go on or back", async () => {
    const { desk, terraform } = sitDown({ failsAt: "aws_instance.cluster2-3", outputs: await deployed() });
    const ran = await desk.up("--yes");
    expect(ran.said).toContain("aws_instance.cluster2-3 FAILED");
    expect(ran.said).toContain(
      "aws: terraform apply: aws_instance.cluster2-3: creating it: InsufficientInstanceCapacity: not now\n",
    );
    const count = terraform.state.length;
    expect(ran.said).toMatch(
      new RegExp(`${count} resources are there, \\$0\\.\\d{4} an hour: 7 aws_instance`),
    );
    expect(ran.said).toContain(
      "bun run aws up lab goes on from here; bun run aws down --confirm lab removes them.",
    );
    expect([ran.exitCode, ran.benched]).toEqual([1, []]);
    terraform.set({ outputs: await deployed() });
    expect((await desk.up("--yes")).exitCode).toBe(0);
  });

  test("an interrupt lets Terraform stop in its own way, and says what is there", async () => {
    const { desk, terraform } = sitDown({ hangsAt: "aws_instance.balancer" });
    const controller = new AbortController();
    desk.signal = controller.signal;
    const running = desk.up("--yes").catch((error: unknown) => error);
    await until("Terraform is at work", () => terraform.hangs, 20_000);
    controller.abort(interrupted);
    expect(await running).toBe(interrupted);
    expect(desk.said).toContain("aws: terraform apply: execution halted\n");
    expect(desk.said).toMatch(/8 resources are there, \$0\.0050 an hour: .*1 aws_eip/);
    expect(terraform.state).toHaveLength(8);
    expect(terraform.calls.at(-1)).toBe("state list");
  });

  test("an interrupt while it waits says that the stack is there", async () => {
    const { desk } = sitDown({ outputs: await deployed(503) });
    const controller = new AbortController();
    desk.signal = controller.signal;
    const running = desk.up("--yes").catch((error: unknown) => error);
    await until("it waits", () => desk.said.includes("waiting for all targets"), 20_000);
    controller.abort(interrupted);
    expect(await running).toBe(interrupted);
    expect(desk.said).toMatch(/lab is at http:\S+; bun run aws down --confirm lab removes it\n$/);
  });

  test("targets that don't become healthy are named, with the line on their console", async () => {
    const { desk } = sitDown({ outputs: await deployed(503) });
    front.facts = { console: "booting\nballast: FAILED: s3://b/k: found SHA-256 1c, expected 9f\n" };
    const ran = await desk.up("--yes", "--timeout", "500ms");
    expect(ran.said).toContain(`not all targets are healthy, not within 500ms:\n  ${ids[1]} unhealthy\n`);
    expect(ran.said).toContain(
      `${ids[1]} is running: ballast: FAILED: s3://b/k: found SHA-256 1c, expected 9f\n`,
    );
    expect(ran.said).toContain("bun run aws down --confirm lab removes it");
    expect([ran.exitCode, ran.benched]).toEqual([4, []]);
  });

  test("a benchmark with failed requests is no success", async () => {
    const { desk } = sitDown({ outputs: await deployed() });
    desk.tools = { bench: async () => 1 };
    const ran = await desk.up("--yes");
    expect(ran.said).toContain("aws: the benchmark ended with 1: requests failed");
    expect(ran.exitCode).toBe(4);
  });
});
