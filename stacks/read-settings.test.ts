import { expect, test } from "bun:test";
import { defaultPolicyConfigs } from "../balancer/policy/options.ts";
import { readSettings } from "./read-settings.ts";
import { policyNames } from "./settings.ts";

const faults = (context: unknown, environment: Record<string, string> = {}) => {
  const read = readSettings(context, environment);
  return read.ok ? [] : read.faults;
};

function settings(context: unknown, environment: Record<string, string> = {}) {
  const read = readSettings(context, environment);
  if (!read.ok) throw new Error(read.faults.join("\n"));
  return read.settings;
}

test("without any setting it is the lab of the README", () => {
  expect(settings(undefined)).toEqual(settings({}));
  expect(settings({}).lab).toEqual({
    alb: false,
    albAlgorithm: "round_robin",
    balancerType: "t3.medium",
    cluster1: { type: "t2.large", count: 4 },
    cluster2: { type: "t2.micro", count: 5 },
  });
});

test("the environment goes before the context, and that before the defaults", () => {
  const context = { region: "eu-west-1", lab: { cluster1: { count: 2, type: "t3.large" } } };
  const read = settings(context, {
    BALLAST_AWS_LAB_CLUSTER1_COUNT: "3",
    BALLAST_AWS_LAB_ALB: "true",
    BALLAST_AWS_TLS_CERTIFICATE_ARN: "arn:aws:acm:eu-west-1:123456789012:certificate/c-1",
    BALLAST_AWS_POLICY: "",
    BALLAST_TOKEN: "of something else",
  });
  expect(read.region).toBe("eu-west-1");
  expect(read.lab.cluster1).toEqual({ count: 3, type: "t3.large" });
  expect(read.lab.alb).toBe(true);
  expect(read.tls.certificateArn).toEndWith("certificate/c-1");
  expect(read.policy).toBe("ewma");
  expect(context.lab.cluster1.count).toBe(2);
});

test("a text in the environment may look like a number", () => {
  const read = settings({}, { BALLAST_AWS_STATE_BUCKET: "123456789012", BALLAST_AWS_STATE_PREFIX: "2026" });
  expect(read.state).toEqual({ bucket: "123456789012", prefix: "2026" });
});

const cases: [context: unknown, environment: Record<string, string>, sentence: string][] = [
  [{ region: "Frankfurt" }, {}, 'region: found "Frankfurt", expected a region such as "eu-central-1"'],
  [
    { network: "10.0.0.0/8" },
    {},
    'network: found "10.0.0.0/8", expected a private /16 network such as "10.20.0.0/16"',
  ],
  [
    { network: "8.8.0.0/16" },
    {},
    'network: found "8.8.0.0/16", expected a private /16 network such as "10.20.0.0/16"',
  ],
  [
    { network: "10.999.0.0/16" },
    {},
    'network: found "10.999.0.0/16", expected a private /16 network such as "10.20.0.0/16"',
  ],
  [
    { allowedCidr: "203.0.113.5/24" },
    {},
    'allowedCidr: found "203.0.113.5/24", expected an IPv4 network in CIDR form such as "203.0.113.0/24"',
  ],
  [
    { allowedCidr: "203.0.113.0" },
    {},
    'allowedCidr: found "203.0.113.0", expected an IPv4 network in CIDR form such as "203.0.113.0/24"',
  ],
  [{ lab: { cluster1: { count: 0 } } }, {}, "lab.cluster1.count: found 0, expected at least 1"],
  [{ lab: { cluster1: { count: 101 } } }, {}, "lab.cluster1.count: found 101, expected at most 100"],
  [
    {},
    { BALLAST_AWS_LAB_CLUSTER2_COUNT: "many" },
    'lab.cluster2.count (BALLAST_AWS_LAB_CLUSTER2_COUNT): found "many", expected a whole number from 1 to 100',
  ],
  [{}, { BALLAST_AWS_LAB_ALB: "yes" }, 'lab.alb (BALLAST_AWS_LAB_ALB): found "yes", expected true or false'],
  [{ lab: true }, {}, "lab: found true, expected an object with settings"],
  [{ lab: true }, { BALLAST_AWS_LAB_ALB: "true" }, "lab: found true, expected an object with settings"],
  [
    { lab: { balancerType: "c7g.large" } },
    {},
    'lab.balancerType: found "c7g.large", expected an x86-64 instance type such as "t3.medium"',
  ],
  [
    { fleet: { balancers: { min: 7 } } },
    {},
    'fleet.balancers: found {"min":7}, expected min, which is 7, to be no more than max, which is 6',
  ],
  [
    { lab: { ablb: true } },
    {},
    "lab.ablb: found an unknown setting, expected one of alb, albAlgorithm, balancerType, cluster1, cluster2",
  ],
  [
    {},
    { BALLAST_AWS_LAB_ABL: "true" },
    "BALLAST_AWS_LAB_ABL: found an unknown setting, expected one of docs/aws.md such as BALLAST_AWS_LAB_ALB",
  ],
  [
    { name: "Mine!" },
    {},
    'name: found "Mine!", expected 2 to 20 lower-case letters, digits and hyphens, a letter first',
  ],
  [
    { tls: { certificateArn: "cert.pem" } },
    {},
    'tls.certificateArn: found "cert.pem", expected the ARN of an ACM certificate',
  ],
  ["lab", {}, 'cdktf.json context "ballast": found "lab", expected an object'],
];

test.each(cases)("%j with %j: a sentence", (context, environment, sentence) => {
  expect(faults(context, environment)).toEqual([sentence]);
});

test("every fault is told at once", () => {
  expect(faults({ region: 1, policy: "best" }, { BALLAST_AWS_X: "1" })).toHaveLength(3);
});

test("instance types of Intel and AMD are taken, Graviton's are not", () => {
  const takes = (type: string) => faults({ lab: { balancerType: type } }).length === 0;
  for (const type of [
    "t2.micro",
    "t3a.small",
    "c6i.large",
    "m7a.48xlarge",
    "g5.xlarge",
    "u-6tb1.metal",
    "g4dn.xlarge",
  ])
    expect([type, takes(type)]).toEqual([type, true]);
  for (const type of [
    "t4g.micro",
    "c6gn.large",
    "m7gd.metal",
    "x2gd.medium",
    "a1.large",
    "g5g.xlarge",
    "large",
    "",
  ])
    expect([type, takes(type)]).toEqual([type, false]);
});

test("the policies are those that the balancer has", () => {
  expect<readonly string[]>(policyNames).toEqual(expect.arrayContaining(Object.keys(defaultPolicyConfigs)));
});
