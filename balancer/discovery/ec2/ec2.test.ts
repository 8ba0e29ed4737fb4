import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { discoverySchema, type Ec2DiscoveryConfig } from "../../config/discovery-schema.ts";
import type { StatusDocument } from "../../observe/status.ts";
import { AwsProxy } from "../../testing/aws-proxy.ts";
import { BalancerProcess } from "../../testing/balancer-process.ts";
import { withEnvironment } from "../../testing/environment.ts";
import { isMotoMissing, Moto } from "../../testing/moto.ts";
import { SteadyLoad } from "../../testing/steady-load.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { until } from "../../testing/until.ts";
import { unusedPort } from "../../testing/unused-port.ts";
import { ec2Lookup } from "./ec2-lookup.ts";
import { instanceFinder } from "./instances.ts";

const stoppedLater = stopAfterEach();

const zone = "eu-central-1b";

interface TestInstance {
  readonly id: string;
  readonly address: string;
}

/** A part of "AWS" whose instances have loopback addresses, so that what runs on them can be reached. */
class Fleet {
  private constructor(
    readonly moto: Moto,
    private readonly client: EC2Client,
    private readonly subnet: string,
  ) {}

  static async start(): Promise<Fleet> {
    const moto = await Moto.start();
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const client = new EC2Client({ endpoint: moto.url, region: "eu-central-1", credentials });
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: "127.0.0.0/16" }));
    const subnet = { VpcId: Vpc?.VpcId, CidrBlock: "127.0.77.0/24", AvailabilityZone: zone };
    const { Subnet } = await client.send(new CreateSubnetCommand(subnet));
    return new Fleet(moto, client, Subnet?.SubnetId ?? "");
  }

  async run(count: number, tags: Readonly<Record<string, string>>): Promise<TestInstance[]> {
    const { Instances = [] } = await this.client.send(
      new RunInstancesCommand({
        ImageId: "ami-12345678",
        InstanceType: "t2.micro",
        SubnetId: this.subnet,
        MinCount: count,
        MaxCount: count,
        TagSpecifications: [
          { ResourceType: "instance", Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
        ],
      }),
    );
    return Instances.map(({ InstanceId = "", PrivateIpAddress = "" }) => ({
      id: InstanceId,
      address: PrivateIpAddress,
    }));
  }

  async tag({ id }: TestInstance, name: string, value: string): Promise<void> {
    await this.client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: name, Value: value }] }));
  }

  async terminate({ id }: TestInstance): Promise<void> {
    await this.client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  }
}

/** What runs on an instance: answers with the instance's id. */
function serveOn({ id, address }: TestInstance, port: number) {
  return stoppedLater(Bun.serve({ hostname: address, port, fetch: () => new Response(id) }));
}

describe.skipIf(isMotoMissing)("instances with a tag", () => {
  let fleet: Fleet;
  let proxy: AwsProxy;
  beforeAll(async () => {
    fleet = await Fleet.start();
    proxy = new AwsProxy(fleet.moto.url);
  });
  afterAll(async () => {
    await proxy.stop();
    await fleet.moto.stop();
  });

  async function startBalancer(group: string, port: number, more: object = {}) {
    const discovery = { provider: "ec2", tag: `ballast:group=${group}`, port, interval: "50ms", ...more };
    const config = {
      listeners: [
        { name: "p", protocol: "http", listen: "127.0.0.1:0", status: "/status", routes: [{ group: "g" }] },
      ],
      groups: { g: { discovery, policy: "round-robin", health: { path: "/", interval: "50ms" } } },
    };
    const env = { ...fleet.moto.env, AWS_ENDPOINT_URL: proxy.url };
    const started = await BalancerProcess.serve(config, undefined, env);
    const balancer = stoppedLater(started.balancer);
    const url = `http://127.0.0.1:${started.port}`;
    const status = async () => (await (await fetch(`${url}/status`)).json()) as StatusDocument;
    const untilTargets = (wanted: readonly TestInstance[]) =>
      until(`the targets are ${wanted.map(({ id }) => id)}`, async () => {
        const targets = (await status()).groups.g?.targets ?? [];
        return String(targets.map(({ id }) => id).sort()) === String(wanted.map(({ id }) => id).sort());
      });
    return { balancer, url, status, untilTargets };
  }

  test("come and go under load, with no request lost", async () => {
    const port = unusedPort();
    const first = await fleet.run(2, { "ballast:group": "web", weight: "2" });
    await fleet.run(1, { "ballast:group": "other" });
    for (const instance of first) serveOn(instance, port);
    const { url, status, untilTargets } = await startBalancer("web", port, { weightTag: "weight" });
    await untilTargets(first);
    expect((await status()).groups.g?.targets.map(({ weight }) => weight)).toEqual([2, 2]);
    const load = stoppedLater(SteadyLoad.start(url));

    const [newcomer] = await fleet.run(1, { "ballast:group": "web" });
    if (newcomer === undefined) throw new Error("moto ran no instance");
    await untilTargets([...first, newcomer]);
    // It takes a while until what is on a new instance is up.
    serveOn(newcomer, port);
    await until("the newcomer serves", () => load.answers.has(newcomer.id));

    const [leaver, stayer] = first;
    if (leaver === undefined || stayer === undefined) throw new Error("moto ran no instances");
    await fleet.terminate(leaver);
    await untilTargets([stayer, newcomer]);
    const served = load.answers.get(leaver.id);
    await load.answered(50);
    expect(load.answers.get(leaver.id)).toBe(served);
    expect(await load.stop()).toEqual([]);
  });

  test("stay known while AWS throttles, fails, talks nonsense or is silent", async () => {
    const port = unusedPort();
    const instances = await fleet.run(2, { "ballast:group": "steady" });
    for (const instance of instances) serveOn(instance, port);
    const { balancer, url, status, untilTargets } = await startBalancer("steady", port);
    await untilTargets(instances);
    for (const [trouble, said] of [
      ["throttling", "RequestLimitExceeded: Request limit exceeded."],
      ["error", "InternalError: An internal error has occurred"],
      ["garbage", "discovery (ec2): "],
    ] as const) {
      const before = balancer.stderr.length;
      proxy.trouble = trouble;
      await until(`${trouble} is told`, () => balancer.stderr.slice(before).includes(said));
      proxy.trouble = undefined;
      const { failures = 0, lookups = 0 } = (await status()).discovery?.g ?? {};
      expect(failures).toBeGreaterThan(0);
      await until("all is well again", async () => {
        const now = (await status()).discovery?.g;
        return now !== undefined && now.lookups - lookups > now.failures - failures;
      });
    }
    proxy.trouble = "slow";
    await untilTargets(instances);
    expect((await fetch(url)).status).toBe(200);
    balancer.signal("SIGTERM");
    expect((await balancer.exited).exitCode).toBe(0);
    proxy.trouble = undefined;
  });

  test("that can't be used are told, and spoil no others", async () => {
    const [odd, plain] = await fleet.run(2, { "ballast:group": "odd" });
    if (odd === undefined || plain === undefined) throw new Error("moto ran no instances");
    await fleet.tag(odd, "weight", "heavy");
    const look = (more: object) => {
      const said = { provider: "ec2", tag: "ballast:group=odd", port: 80, ...more };
      return ec2Lookup(discoverySchema.parse(said) as Ec2DiscoveryConfig)(new AbortController().signal);
    };
    await withEnvironment(fleet.moto.env, async () => {
      expect(await look({ weightTag: "weight" })).toEqual({
        kind: "found",
        targets: [odd, plain].map(({ id, address }) => ({
          id,
          url: `http://${address}:80`,
          weight: 1,
          zone,
        })),
        faults: [`${odd.id}: tag weight: found "heavy", expected a weight above 0 up to 1000`],
      });
      expect(await look({ address: "public" })).toEqual({
        kind: "found",
        targets: [],
        faults: [odd, plain].map(({ id }) => `${id} has no public address`),
      });
    });
  });

  test("are found over several pages, and by exactly that value", async () => {
    const wanted = await fleet.run(12, { "ballast:group": "many" });
    await fleet.run(1, { "ballast:group": "maany" });
    await withEnvironment(fleet.moto.env, async () => {
      const find = instanceFinder("eu-central-1", 5);
      const { signal } = new AbortController();
      const found = await find({ name: "ballast:group", value: "many" }, signal);
      expect(found.map(({ InstanceId }) => InstanceId).sort()).toEqual(wanted.map(({ id }) => id).sort());
      expect(await find({ name: "ballast:group", value: "m*ny" }, signal)).toEqual([]);
    });
  });
});
