import { expect, test } from "bun:test";
import { parseConfig } from "../balancer/config/load.ts";
import { defaultPolicyConfigs } from "../balancer/policy/options.ts";
import type { StackName } from "./stack-names.ts";
import { configIn, userDataOf } from "./testing/instances.ts";
import { synthesize } from "./testing/synthesis.ts";

const balancers: readonly [StackName, string][] = [
  ["lab", "balancer"],
  ["primes", "balancer"],
  ["fleet", "balancers"],
];

function configOf(name: StackName, instance: string, context: object = {}) {
  const script = new Map(userDataOf(synthesize(name, context))).get(instance) ?? "";
  const loaded = parseConfig(configIn(script), "lb.json");
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  return loaded.config;
}

test.each(balancers)("%s: the balancer takes its lb.json, with every policy", (name, instance) => {
  for (const policy of Object.keys(defaultPolicyConfigs)) {
    for (const { policy: taken } of Object.values(configOf(name, instance, { policy }).groups))
      expect<string>(taken.name).toBe(policy);
  }
});

test.each(balancers)("%s: targets are found by the tag that the instances have", (name, instance) => {
  const stack = synthesize(name, { name: "two" });
  const { groups } = configOf(name, instance, { name: "two" });
  const tags = JSON.stringify(stack.resource);
  for (const { discovery } of Object.values(groups)) {
    if (discovery?.provider !== "ec2") throw new Error("expected discovery in EC2");
    expect(discovery).toMatchObject({ port: 8000, region: "us-east-1", address: "private" });
    expect(discovery.tag.value).toStartWith(`two/${name}/`);
    expect(tags).toContain(`"${discovery.tag.name}"`);
    expect(tags).toContain(`"${discovery.tag.value}"`);
  }
});

test.each(balancers)(
  "%s: metrics are published where its role may, and where scaling looks",
  (name, instance) => {
    const { cloudwatch } = configOf(name, instance, { name: "two", region: "eu-west-1" });
    expect(cloudwatch).toMatchObject({ namespace: "Ballast", region: "eu-west-1", interval: 60_000 });
    expect(cloudwatch?.dimensions).toEqual({ Deployment: `two/${name}` });
  },
);

test("lab: both clusters under their paths, with the status on the public port", () => {
  expect(configOf("lab", "balancer").listeners).toEqual([
    expect.objectContaining({
      listen: { hostname: "0.0.0.0", port: 80 },
      status: "/status",
      exposeTarget: true,
      routes: [
        expect.objectContaining({ path: "/cluster1", group: "cluster1" }),
        expect.objectContaining({ path: "/cluster2", group: "cluster2" }),
      ],
    }),
  ]);
});

test("lab with a certificate: the same on 443, over TLS and HTTP/2", () => {
  const secretArn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:lab-AbCdEf";
  const [plain, secure] = configOf("lab", "balancer", { tls: { secretArn } }).listeners;
  expect(secure).toMatchObject({
    listen: { port: 443 },
    http2: true,
    tls: [{ cert: "/etc/ballast/tls.pem", key: "/etc/ballast/tls.pem" }],
  });
  expect(secure).toHaveProperty("routes", plain !== undefined && "routes" in plain ? plain.routes : []);
});

test("primes: every path goes to the backends", () => {
  expect(configOf("primes", "balancer").listeners).toMatchObject([
    { listen: { port: 80 }, routes: [{ path: "/", group: "primes" }] },
  ]);
});

test("fleet: the status is on a port of its own, which only the health checks reach", () => {
  const listeners = configOf("fleet", "balancers").listeners.map((each) => [
    each.listen.port,
    "status" in each ? each.status : undefined,
  ]);
  expect(listeners).toEqual([
    [80, undefined],
    [8081, "/status"],
  ]);
});
