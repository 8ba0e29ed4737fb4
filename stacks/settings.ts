import { z } from "zod";
import type { PolicyName } from "../balancer/policy/options.ts";

/** All that can be set about the stacks: types, defaults and what a person is told are here. docs/aws.md has the table. */

/** Policies whose options all have defaults. A test holds this list to the balancer's. */
export const policyNames = [
  "round-robin",
  "weighted-round-robin",
  "random",
  "least-connections",
  "least-load",
  "ewma",
  "p2c-ewma",
  "prequal",
  "hash",
  "cloudwatch",
] as const satisfies readonly PolicyName[];

const boolean = z.boolean({ error: "true or false" });

const wholeNumber = (least: number, most: number) =>
  z
    .int({ error: `a whole number from ${least} to ${most}` })
    .min(least)
    .max(most);

const text = (pattern: RegExp, expected: string) =>
  z.string({ error: expected }).regex(pattern, { error: expected });

const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: `one of ${values.join(", ")}` });

const region = text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as "eu-central-1"');

const arm = /^(a1|[a-z]+\d+g[a-z]*)\./;

/** The executables and the machine image are made for x86-64. */
const instanceType = z
  .string({ error: 'an instance type such as "t3.medium"' })
  .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, { error: 'an instance type such as "t3.medium"' })
  .refine((type) => !arm.test(type), { error: 'an x86-64 instance type such as "t3.medium"' });

/** Whether `cidr` is an IPv4 network as AWS takes it: no leading zeros, and no bits set behind the prefix. */
function isNetwork(cidr: string): boolean {
  const octet = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  const match = new RegExp(`^${octet}\\.${octet}\\.${octet}\\.${octet}/(3[0-2]|[12]?\\d)$`).exec(cidr);
  if (match === null) return false;
  const [address, hostBits] = [match.slice(1, 5), 32 - Number(match[5])];
  return address.reduce((bits, each) => bits * 256 + Number(each), 0) % 2 ** hostBits === 0;
}

const cidr = z
  .string({ error: 'an IPv4 network in CIDR form such as "203.0.113.0/24"' })
  .refine(isNetwork, { error: 'an IPv4 network in CIDR form such as "203.0.113.0/24"' });

const is16 = /^(10\.\d+|172\.(1[6-9]|2\d|3[01])|192\.168)\.0\.0\/16$/;
const expected16 = 'a private /16 network such as "10.20.0.0/16"';
const privateNetwork16 = z
  .string({ error: expected16 })
  .refine((text) => isNetwork(text) && is16.test(text), { error: expected16 });

const typeOf = (what: string, type: string) =>
  instanceType.default(type).meta({ description: `Instance type of ${what}.` });

const fixedGroup = (what: string, type: string, count: number) =>
  z
    .strictObject({
      type: typeOf(what, type),
      count: wholeNumber(1, 100).default(count).meta({ description: "How many." }),
    })
    .prefault({});

/** With defaults, of which the user may not think. */
function minAboveMax(group: unknown): string {
  const { min, max } = group as { min: number; max: number };
  return `min, which is ${min}, to be no more than max, which is ${max}`;
}

const scaledGroup = (what: string, type: string, least: number, most: number) =>
  z
    .strictObject({
      type: typeOf(what, type),
      min: wholeNumber(1, 100).default(least).meta({ description: "At least so many." }),
      max: wholeNumber(1, 100).default(most).meta({ description: "At most so many." }),
    })
    .refine(({ min, max }) => min <= max, { error: (issue) => minAboveMax(issue.input) })
    .prefault({});

export const settingsSchema = z
  .strictObject({
    name: text(
      /^[a-z][a-z0-9-]{0,18}[a-z0-9]$/,
      "2 to 20 lower-case letters, digits and hyphens, a letter first",
    )
      .default("ballast")
      .meta({ description: "Of this deployment: in names and tags. Two in one region need two names." }),
    stack: oneOf(["all", "lab", "primes", "fleet"])
      .default("all")
      .meta({ description: "Which are synthesized; with one alone, `cdktf deploy` needs no name." }),
    region: region.default("us-east-1").meta({ description: "Where everything is made." }),
    network: privateNetwork16.default("10.20.0.0/16").meta({ description: "Addresses of the VPC, a /16." }),
    allowedCidr: cidr
      .default("0.0.0.0/0")
      .meta({ description: "Who may reach the public ports, 80 and 443." }),
    policy: oneOf(policyNames).default("ewma").meta({ description: "The balancers' policy." }),
    sessionManager: boolean
      .default(true)
      .meta({ description: "A shell on every instance by Session Manager; its endpoints have a price." }),
    tls: z
      .strictObject({
        certificateArn: text(
          /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/\S+$/,
          "the ARN of an ACM certificate",
        )
          .optional()
          .meta({ description: "ACM certificate: HTTPS on the load balancers of AWS (`lab.alb`, `fleet`)." }),
        secretArn: text(
          /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$/,
          "the ARN of a Secrets Manager secret",
        )
          .optional()
          .meta({
            description:
              "Secret with one PEM text, certificate chain and private key: HTTPS on the lab's balancer itself.",
          }),
      })
      .prefault({}),
    state: z
      .strictObject({
        bucket: text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of an S3 bucket")
          .optional()
          .meta({
            description: "Existing bucket for Terraform's state and its lock file. Left out: a local file.",
          }),
        region: region.optional().meta({ description: "Region of that bucket; `region` when left out." }),
        prefix: text(/^[\w-]+(\/[\w-]+)*$/, 'a key prefix such as "teams/web"')
          .default("ballast")
          .meta({ description: "The state's keys are `<prefix>/<name>/<stack>.tfstate`." }),
      })
      .prefault({}),
    lab: z
      .strictObject({
        alb: boolean
          .default(false)
          .meta({ description: "An Application Load Balancer beside the balancer, for comparison." }),
        albAlgorithm: oneOf(["round_robin", "least_outstanding_requests", "weighted_random"])
          .default("round_robin")
          .meta({ description: "How that one chooses targets." }),
        balancerType: typeOf("the balancer", "t3.medium"),
        cluster1: fixedGroup("cluster 1", "t2.large", 4),
        cluster2: fixedGroup("cluster 2", "t2.micro", 5),
      })
      .prefault({}),
    primes: z
      .strictObject({
        frontendType: typeOf("the frontend", "t3.micro"),
        balancerType: typeOf("the balancer", "t3.small"),
        backends: fixedGroup("the backends", "t3.micro", 3),
      })
      .prefault({}),
    fleet: z
      .strictObject({
        balancers: scaledGroup("the balancers", "t3.medium", 2, 6),
        cluster1: scaledGroup("cluster 1", "t2.large", 2, 8),
        cluster2: scaledGroup("cluster 2", "t2.micro", 2, 10),
        balancerCpuPercent: wholeNumber(10, 90)
          .default(50)
          .meta({ description: "Balancers are added above this CPU use, and removed well below it." }),
        requestsPerTargetMinute: wholeNumber(1, 10_000_000).default(3000).meta({
          description: "Backends are added above so many requests a minute for each, and removed below.",
        }),
      })
      .prefault({}),
  })
  .meta({ id: "settings" });

export type Settings = z.output<typeof settingsSchema>;
