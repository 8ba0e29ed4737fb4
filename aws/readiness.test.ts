import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import {
  DescribeSubnetsCommand,
  EC2Client,
  RunInstancesCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { withEnvironment } from "../balancer/testing/environment.ts";
import { isMotoMissing, Moto } from "../balancer/testing/moto.ts";
import { stopAfterEach } from "../balancer/testing/stop-after-each.ts";
import type { Outputs } from "../stacks/outputs.ts";
import { readSettings } from "../stacks/read-settings.ts";
import type { StackName } from "../stacks/stack-names.ts";
import { type Lack, lookAt } from "./readiness.ts";
import { waitUntilReady } from "./wait.ts";

const stoppedLater = stopAfterEach();
const region = "us-east-1";
const { signal } = new AbortController();

describe.skipIf(isMotoMissing)("a stack counts as up", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await Moto.start();
  });
  afterAll(async () => {
    await moto.stop();
  });

  const client = () => ({
    endpoint: moto.url,
    region,
    credentials: { accessKeyId: "t", secretAccessKey: "t" },
  });

  /** Ids of new instances, of that Auto Scaling group where there is one. */
  async function run(count: number, group?: string): Promise<string[]> {
    const Tags = [{ Key: "aws:autoscaling:groupName", Value: group }];
    const { Instances = [] } = await new EC2Client(client()).send(
      new RunInstancesCommand({
        ImageId: "ami-12c6146b",
        MinCount: count,
        MaxCount: count,
        ...(group === undefined ? {} : { TagSpecifications: [{ ResourceType: "instance", Tags }] }),
      }),
    );
    return Instances.map(({ InstanceId = "" }) => InstanceId);
  }

  /** A load balancer's DNS name; in front of these instances. */
  async function balance(Type: "application" | "network", ids: readonly string[]): Promise<string> {
    const elb = new ElasticLoadBalancingV2Client(client());
    const { Subnets = [] } = await new EC2Client(client()).send(new DescribeSubnetsCommand({}));
    const subnets = Subnets.slice(0, 2);
    const Protocol = Type === "network" ? "TCP" : "HTTP";
    const { LoadBalancers: [balancer] = [] } = await elb.send(
      new CreateLoadBalancerCommand({
        Name: `${Type}-${ids[0]?.slice(-6)}`,
        Type,
        Subnets: subnets.map(({ SubnetId = "" }) => SubnetId),
      }),
    );
    const { TargetGroups: [group] = [] } = await elb.send(
      new CreateTargetGroupCommand({
        Name: `group-${Type}`,
        Protocol,
        Port: 80,
        VpcId: subnets[0]?.VpcId,
      }),
    );
    await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: balancer?.LoadBalancerArn,
        Protocol,
        Port: 80,
        DefaultActions: [{ Type: "forward", TargetGroupArn: group?.TargetGroupArn }],
      }),
    );
    await elb.send(
      new RegisterTargetsCommand({
        TargetGroupArn: group?.TargetGroupArn,
        Targets: ids.map((Id) => ({ Id })),
      }),
    );
    return balancer?.DNSName ?? "";
  }

  const settingsOf = (context: object) => {
    const read = readSettings(context, {});
    if (!read.ok) throw new Error(read.faults.join());
    return read.settings;
  };

  async function look(stack: StackName, outputs: Partial<Outputs>, context: object = {}) {
    const whole = { region, bucket: "b", instanceIds: {}, instanceGroups: {}, ...outputs };
    return await withEnvironment(moto.env, () => lookAt(stack, whole, settingsOf(context))(signal));
  }

  const page = (body: () => string) =>
    stoppedLater(Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(body()) })).url.origin;

  test("lab: when status and ALB say so; a target that is missing is named", async () => {
    const ids = await run(2);
    const albUrl = `http://${await balance("application", ids)}`;
    const targets = [{ id: ids[0], state: "healthy" }];
    const status = page(() => JSON.stringify({ groups: { cluster1: { targets } } }));
    const outputs = {
      statusUrl: `${status}/status`,
      albUrl,
      instanceIds: { balancer: ["i-b"], cluster1: ids.slice(0, 1), cluster2: ids.slice(1) },
    };
    expect(await look("lab", outputs)).toEqual([{ what: `${ids[1]} missing`, instance: ids[1] ?? "" }]);
    targets.push({ id: ids[1], state: "healthy" });
    expect(await look("lab", outputs)).toEqual([]);
    const gone = { ...outputs, albUrl: "http://nobody.example.com" };
    expect(await look("lab", gone)).toEqual([
      { what: "no load balancer has the name nobody.example.com in us-east-1" },
    ]);
    const silent = await look("lab", { ...outputs, statusUrl: "http://127.0.0.1:1/status" });
    expect(silent).toEqual([
      { what: expect.stringContaining("GET http://127.0.0.1:1/status: "), instance: "i-b" },
    ]);
  });

  test("primes: when its group is whole and a page has no failed number", async () => {
    const instanceGroups = { backends: "primes-backends" };
    let body = '<td class="failed">1</td><td class="prime">2</td>';
    const outputs = { frontendUrl: page(() => body), instanceIds: { frontend: ["i-f"] }, instanceGroups };
    const url = `${outputs.frontendUrl}/1`;
    expect(await look("primes", outputs)).toEqual([
      { what: "backends: 0 of 3 running" },
      { what: `GET ${url}: 1 numbers failed`, instance: "i-f" },
    ]);
    await run(3, "primes-backends");
    body = '<td class="prime">2</td>';
    expect(await look("primes", outputs)).toEqual([]);
  });

  test("fleet: when the load balancer and the published metrics say so", async () => {
    const front = await run(2, "fleet-balancers");
    const members = await run(2, "fleet-1");
    await run(2, "fleet-2");
    const outputs = {
      balancerUrl: `http://${await balance("network", front)}`,
      instanceGroups: { balancers: "fleet-balancers", cluster1: "fleet-1", cluster2: "fleet-2" },
    };
    const publish = async (Group: string, Value: number) => {
      const Dimensions = [
        { Name: "Group", Value: Group },
        { Name: "Deployment", Value: "ballast/fleet" },
      ];
      const datum = { MetricName: "HealthyHostCount", Dimensions, Timestamp: new Date(), Value };
      await new CloudWatchClient(client()).send(
        new PutMetricDataCommand({ Namespace: "Ballast", MetricData: [datum] }),
      );
    };
    await publish("cluster2", 2);
    expect(await look("fleet", outputs)).toEqual(
      members.map((instance) => ({ what: "cluster1: 0 of 2 healthy", instance })),
    );
    await publish("cluster1", 2);
    expect(await look("fleet", outputs)).toEqual([]);
    const more = await look("fleet", outputs, { fleet: { balancers: { min: 3 } } });
    expect(more).toEqual([{ what: expect.stringContaining(": 2 of 3 targets") }]);
  });

  test("an instance that gave up ends the waiting early", async () => {
    const [id = ""] = await run(1);
    await new EC2Client(client()).send(new StopInstancesCommand({ InstanceIds: [id] }));
    let said = "";
    const stream = {
      write: (text: string) => {
        said += text;
      },
    };
    const work = {
      settings: settingsOf({}),
      stack: "lab",
      outdir: "",
      stream,
      errors: stream,
      signal,
    } as const;
    const lacks: Lack[] = [{ what: `${id} missing`, instance: id }];
    const waited = await withEnvironment(moto.env, () => waitUntilReady(work, async () => lacks, 600_000, 0));
    expect(waited).toMatchObject({
      fault: expect.stringMatching(
        new RegExp(
          `an instance gave up:\n  ${id} missing\n  ${id} is stopped: its console says nothing of a failure`,
        ),
      ),
    });
    expect(said).toBe(`waiting for all targets to be healthy, 10m at most\n  ${id} missing\n`);
  });
});
