import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { isMotoMissing, Moto } from "../balancer/testing/moto.ts";
import { stopAfterEach } from "../balancer/testing/stop-after-each.ts";
import { AccountFront } from "./testing/account-front.ts";
import { Desk } from "./testing/desk.ts";
import { type Scenario, StandInTerraform } from "./testing/stand-in-terraform.ts";

const stoppedLater = stopAfterEach();
const region = "us-east-1";

describe.skipIf(isMotoMissing)("aws up, before anything is made", () => {
  let moto: Moto;
  let front: AccountFront;
  beforeAll(async () => {
    moto = await Moto.start();
    front = new AccountFront(moto.url);
    const credentials = { accessKeyId: "t", secretAccessKey: "t" };
    await new EC2Client({ endpoint: moto.url, region, credentials }).send(
      new RunInstancesCommand({
        ImageId: "ami-12c6146b",
        InstanceType: "t2.micro",
        MinCount: 2,
        MaxCount: 2,
      }),
    );
  });
  afterAll(async () => {
    await front.stop();
    await moto.stop();
  });

  function sitDown(scenario: Scenario = {}): { desk: Desk; terraform: StandInTerraform } {
    front.facts = {};
    const terraform = stoppedLater(new StandInTerraform(scenario));
    return { desk: stoppedLater(new Desk(terraform, front.url)), terraform };
  }

  test("asks, and takes no for an answer", async () => {
    const { desk, terraform } = sitDown();
    const nobody = await desk.up();
    expect([nobody.exitCode, nobody.said]).toEqual([2, expect.stringContaining("--yes goes on without")]);
    const questions: string[] = [];
    desk.tools = {
      ask: async (question) => {
        questions.push(question);
        return false;
      },
    };
    const refused = await desk.up();
    expect([refused.exitCode, questions]).toEqual([2, ["Go on? [y/N] "]]);
    expect(refused.said).toContain("Nothing was changed.");
    expect(terraform.state).toEqual([]);
  });

  test.each([
    [
      "an old Terraform",
      { version: "1.9.8" },
      {},
      /terraform: found Terraform 1\.9\.8, expected Terraform 1\.10 or later/,
    ],
    [
      "a state that can't be opened",
      { initFault: "Failed to get existing workspaces" },
      {},
      /aws: terraform init: Error: Failed to get/,
    ],
    [
      "refused credentials",
      {},
      { refusal: "ExpiredToken" },
      /aws: AWS credentials: refused \(ExpiredToken.*AWS_PROFILE/,
    ],
    [
      "too few vCPUs",
      {},
      { quotas: { "L-1216C47A": 16 } },
      /quota of vCPUs of standard instances on demand in us-east-1: found 16, of which 2 in use, expected room for 15 more: ask for it at https/,
    ],
    [
      "too few addresses",
      {},
      { quotas: { "L-0263D0A3": 0 } },
      /quota of Elastic IP addresses in us-east-1: found 0, of which 0 in use, expected room for 1 more/,
    ],
    [
      "too few VPCs",
      {},
      { quotas: { "L-F678F1CE": 1 } },
      /quota of VPCs in us-east-1: found 1, of which 1 in use/,
    ],
  ])("%s ends it before anything is made", async (_, scenario, facts, sentence) => {
    const { desk, terraform } = sitDown(scenario);
    front.facts = facts;
    const ran = await desk.up("--yes");
    expect(ran.said).toMatch(sentence);
    expect(ran.exitCode).toBe(3);
    expect(terraform.state).toEqual([]);
  });

  test.each([
    ["region", { region: "xx-nowhere-1" }, /setting region: found xx-nowhere-1, expected one of .*eu-west-1/],
    [
      "instance type",
      { lab: { balancerType: "t3.enormous" } },
      /instance type t3\.enormous: found none in us-east-1/,
    ],
    [
      "load balancer's room",
      { lab: { alb: true } },
      /quota of Application Load Balancers in us-east-1: found 0/,
    ],
  ])("a wrong %s in the settings is told", async (_, context, sentence) => {
    const { desk } = sitDown();
    front.facts = { quotas: { "L-53DA6B97": 0 } };
    desk.context = context;
    const ran = await desk.up("--yes");
    expect(ran.said).toMatch(sentence);
    expect(ran.exitCode).toBe(3);
  });
});
