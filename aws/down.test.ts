import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  CreateVpcCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { isMotoMissing, Moto } from "../balancer/testing/moto.ts";
import { stopAfterEach } from "../balancer/testing/stop-after-each.ts";
import { AccountFront } from "./testing/account-front.ts";
import { Desk } from "./testing/desk.ts";
import { type Scenario, StandInTerraform } from "./testing/stand-in-terraform.ts";

const stoppedLater = stopAfterEach();
const region = "us-east-1";

describe.skipIf(isMotoMissing)("aws down", () => {
  let moto: Moto;
  let front: AccountFront;
  beforeAll(async () => {
    moto = await Moto.start();
    front = new AccountFront(moto.url);
  });
  afterAll(async () => {
    await front.stop();
    await moto.stop();
  });

  const ec2 = () =>
    new EC2Client({ endpoint: moto.url, region, credentials: { accessKeyId: "t", secretAccessKey: "t" } });

  /** With a stack whose instances, addresses and buckets are in the state. */
  function sitDown(scenario: Scenario = {}): { desk: Desk; terraform: StandInTerraform } {
    front.facts = {};
    const terraform = stoppedLater(new StandInTerraform(scenario));
    terraform.state = ["aws_instance.cluster1-1", "aws_instance.balancer", "aws_eip.balancer-address"];
    return { desk: stoppedLater(new Desk(terraform, front.url)), terraform };
  }

  const tagsOf = (deployment: string, stack: string) => [
    { Key: "ballast:deployment", Value: deployment },
    { Key: "ballast:stack", Value: stack },
  ];

  test("without --confirm it says what it would destroy, its price, and ends with 2", async () => {
    const { desk, terraform } = sitDown();
    const ran = await desk.down();
    expect(ran.said).toContain("To be destroyed: 3 resources: 2 aws_instance, 1 aws_eip\n");
    expect(ran.said).toMatch(/instance t3\.medium +1 +\$0\.0416\ninstance t2\.large +1 +\$0\.0928/);
    expect(ran.said).toContain("Nothing was destroyed: bun run aws down --confirm lab does it.\n");
    expect([ran.exitCode, ran.printed]).toEqual([2, ""]);
    expect(terraform.state).toHaveLength(3);
    const { printed, exitCode } = await desk.down("--json");
    expect([exitCode, JSON.parse(printed)]).toEqual([
      2,
      { stack: "lab", resources: expect.arrayContaining(["aws_eip.balancer-address"]), destroyed: false },
    ]);
  });

  test("with it, destroys; what other stacks have and instances that ended are no remains", async () => {
    const { desk, terraform } = sitDown();
    await ec2().send(
      new CreateVpcCommand({
        CidrBlock: "10.1.0.0/16",
        TagSpecifications: [{ ResourceType: "vpc", Tags: tagsOf("ballast", "fleet") }],
      }),
    );
    const { Instances = [] } = await ec2().send(
      new RunInstancesCommand({
        ImageId: "ami-12c6146b",
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [{ ResourceType: "instance", Tags: tagsOf("ballast", "lab") }],
      }),
    );
    await ec2().send(
      new TerminateInstancesCommand({ InstanceIds: Instances.map(({ InstanceId = "" }) => InstanceId) }),
    );
    const ran = await desk.down("--confirm", "--json");
    expect(JSON.parse(ran.printed)).toEqual({
      stack: "lab",
      resources: expect.arrayContaining(["aws_instance.balancer"]),
      destroyed: true,
      remaining: [],
    });
    expect(ran.said).toContain("3/3  aws_eip.balancer-address destroyed, 2s\n");
    expect(ran.said).toContain("Nothing with the tags of lab is there.\n");
    expect(ran.exitCode).toBe(0);
    expect(terraform.state).toEqual([]);
    const again = await desk.down("--confirm");
    expect(again.said).toContain(
      "Terraform's state has nothing of lab.\nNothing with the tags of lab is there.\n",
    );
    expect(again.exitCode).toBe(0);
  });

  test("what remains with the stack's tags is listed, and no success", async () => {
    const { desk } = sitDown();
    desk.context = { name: "other" };
    const { Vpc } = await ec2().send(
      new CreateVpcCommand({
        CidrBlock: "10.2.0.0/16",
        TagSpecifications: [{ ResourceType: "vpc", Tags: tagsOf("other", "lab") }],
      }),
    );
    const vpc = `arn:aws:ec2:us-east-1:123456789012:vpc/${Vpc?.VpcId}`;
    const bucket = "arn:aws:s3:::other-lab-20260101";
    front.facts = { tagged: [bucket, vpc, "arn:aws:ec2:us-east-1:123456789012:volume/vol-gone"] };
    const ran = await desk.down("--confirm");
    expect(ran.said).toContain(
      `aws: 2 resources with the tags ballast:deployment=other and ballast:stack=lab remain, and Terraform's state does not have them:\n  ${vpc}\n  ${bucket}\n`,
    );
    expect(ran.exitCode).toBe(1);
  });

  test("a destroy that fails says what is left and how to go on", async () => {
    const { desk, terraform } = sitDown({ failsAt: "aws_instance.balancer" });
    const ran = await desk.down("--confirm");
    expect(ran.said).toContain("2 resources are there, $0.");
    expect(ran.said).toContain("bun run aws down --confirm lab removes them.");
    expect(ran.exitCode).toBe(1);
    expect(terraform.state).toHaveLength(2);
  });
});
