import { describe, expect, test } from "bun:test";
import { userDataOf } from "./testing/instances.ts";
import { firewallRules, statements } from "./testing/meaning.ts";
import { all, artifacts, synthesize } from "./testing/synthesis.ts";

const s3 = "${aws_vpc_endpoint.s3-endpoint.prefix_list_id}";
const readProgram = (name: string) => `Allow s3:GetObject on \${aws_s3_bucket.release.arn}/${name}/*`;
const sessionManager =
  "Allow ssm:UpdateInstanceInformation, ssmmessages:CreateControlChannel, ssmmessages:CreateDataChannel, ssmmessages:OpenControlChannel, ssmmessages:OpenDataChannel on *";

describe("lab", () => {
  const stack = synthesize("lab");

  test("has 4 t2.large, 5 t2.micro and a balancer", () => {
    const types = all(stack, "aws_instance").map(([id, { instance_type, subnet_id }]) => [
      id,
      instance_type,
      subnet_id,
    ]);
    const [one, two] = ["${aws_subnet.private-1.id}", "${aws_subnet.private-2.id}"];
    expect(types).toEqual([
      ["balancer", "t3.medium", "${aws_subnet.public-1.id}"],
      ["cluster1-1", "t2.large", one],
      ["cluster1-2", "t2.large", two],
      ["cluster1-3", "t2.large", one],
      ["cluster1-4", "t2.large", two],
      ["cluster2-1", "t2.micro", one],
      ["cluster2-2", "t2.micro", two],
      ["cluster2-3", "t2.micro", one],
      ["cluster2-4", "t2.micro", two],
      ["cluster2-5", "t2.micro", one],
    ]);
  });

  test("only the balancer has a public address", () => {
    expect(all(stack, "aws_eip").map(([, { instance }]) => instance)).toEqual([
      "${aws_instance.balancer.id}",
    ]);
    for (const [, instance] of all(stack, "aws_instance"))
      expect(instance).not.toHaveProperty("associate_public_ip_address");
  });

  test("only port 80 of the balancer is open to the world, and only the balancer reaches the backends", () => {
    expect(firewallRules(stack)).toEqual({
      ingress: [
        "0.0.0.0/0 → balancer: tcp 80",
        "backends → endpoints: tcp 443",
        "balancer → backends: tcp 8000",
        "balancer → endpoints: tcp 443",
      ],
      egress: [
        `backends → ${s3}: tcp 443`,
        "backends → endpoints: tcp 443",
        "balancer → 0.0.0.0/0: tcp 443",
        "balancer → backends: tcp 8000",
        "balancer → endpoints: tcp 443",
      ],
    });
    for (const [id, { vpc_security_group_ids }] of all(stack, "aws_instance")) {
      const group = id === "balancer" ? "balancer" : "backends";
      expect([id, vpc_security_group_ids]).toEqual([
        id,
        [`\${aws_security_group.${group}-security-group.id}`],
      ]);
    }
    // Rules stand apart; a group has none of its own.
    for (const [, group] of all(stack, "aws_security_group"))
      expect(group).not.toHaveProperty(["ingress", "egress"]);
  });

  test("roles may do no more than is needed", () => {
    expect(statements(stack, "backend-permissions")).toEqual([readProgram("backend"), sessionManager]);
    expect(statements(stack, "balancer-permissions")).toEqual([
      readProgram("balancer"),
      "Allow ec2:DescribeInstances on * if ec2:Region StringEquals us-east-1",
      "Allow cloudwatch:PutMetricData on * if cloudwatch:namespace StringEquals Ballast",
      sessionManager,
    ]);
    for (const [id, { iam_instance_profile }] of all(stack, "aws_instance")) {
      const role = id === "balancer" ? "balancer" : "backend";
      expect(iam_instance_profile).toBe(`\${aws_iam_instance_profile.${role}-profile.name}`);
    }
  });

  test("discovery finds each cluster by its instances' tag", () => {
    for (const [id, { tags }] of all(stack, "aws_instance")) {
      const group = id === "balancer" ? undefined : `ballast/lab/${id.split("-")[0]}`;
      expect((tags as Record<string, string>)["ballast:group"]).toBe(group);
    }
  });

  test("a backend fetches the program with the hash of the build, and calls itself by its instance id", () => {
    const script = new Map(userDataOf(stack)).get("cluster2-3");
    expect(script).toContain(
      "url='s3://${aws_s3_object.backend-program.bucket}/${aws_s3_object.backend-program.key}'",
    );
    expect(script).toContain(`expected='${artifacts.backend.sha256}'`);
    expect(script).toContain(
      "ExecStart=/opt/ballast/backend --host 0.0.0.0 --port 8000 --id ec2 --cluster cluster2\n",
    );
  });

  test("a new build replaces instances, an unchanged one does not", () => {
    const scripts = (sha256: string) =>
      Object.fromEntries(
        userDataOf(synthesize("lab", {}, { ...artifacts, backend: { ...artifacts.backend, sha256 } })),
      );
    const before = Object.fromEntries(userDataOf(stack));
    expect(scripts(artifacts.backend.sha256)).toEqual(before);
    const after = scripts("f".repeat(64));
    expect(Object.keys(after).filter((id) => after[id] !== before[id])).toEqual(
      Object.keys(before).filter((id) => id !== "balancer"),
    );
    for (const [, instance] of all(stack, "aws_instance"))
      expect(instance.user_data_replace_on_change).toBe(true);
  });

  test("Session Manager is reached by private addresses, in one zone", () => {
    const endpoints = all(stack, "aws_vpc_endpoint").filter(
      ([, each]) => each.vpc_endpoint_type === "Interface",
    );
    expect(endpoints.map(([, { service_name, subnet_ids }]) => [service_name, subnet_ids])).toEqual([
      ["com.amazonaws.us-east-1.ssm", ["${aws_subnet.private-1.id}"]],
      ["com.amazonaws.us-east-1.ssmmessages", ["${aws_subnet.private-1.id}"]],
    ]);
  });

  test("tells the balancer's URL and all instances", () => {
    const ids = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => `\${aws_instance.${prefix}-${index + 1}.id}`);
    expect(stack.output).toEqual({
      region: { value: "us-east-1" },
      balancerUrl: { value: "http://${aws_eip.balancer-address.public_ip}" },
      statusUrl: { value: "http://${aws_eip.balancer-address.public_ip}/status" },
      bucket: { value: "${aws_s3_bucket.release.id}" },
      instanceIds: {
        value: {
          balancer: ["${aws_instance.balancer.id}"],
          cluster1: ids("cluster1", 4),
          cluster2: ids("cluster2", 5),
        },
      },
      instanceGroups: { value: {} },
    });
  });

  test("keeps its state in a local file, unless a bucket is set", () => {
    expect(stack.terraform.backend).toHaveProperty("local");
    const remote = synthesize("lab", { name: "ours", region: "eu-west-1", state: { bucket: "our-state" } });
    expect(remote.terraform.backend).toEqual({
      s3: {
        bucket: "our-state",
        key: "ballast/ours/lab.tfstate",
        region: "eu-west-1",
        encrypt: true,
        use_lockfile: true,
      },
    });
  });
});

describe("lab with other settings", () => {
  test("types, counts, region, network and allowed network", () => {
    const stack = synthesize("lab", {
      region: "eu-central-1",
      network: "10.99.0.0/16",
      allowedCidr: "203.0.113.0/24",
      lab: { balancerType: "c6i.large", cluster1: { type: "t3.small", count: 1 }, cluster2: { count: 2 } },
    });
    expect(all(stack, "aws_instance").map(([id, { instance_type }]) => [id, instance_type])).toEqual([
      ["balancer", "c6i.large"],
      ["cluster1-1", "t3.small"],
      ["cluster2-1", "t2.micro"],
      ["cluster2-2", "t2.micro"],
    ]);
    expect(stack.provider.aws[0]?.region).toBe("eu-central-1");
    expect(stack.resource.aws_vpc?.vpc?.cidr_block).toBe("10.99.0.0/16");
    expect(all(stack, "aws_subnet").map(([, { cidr_block }]) => cidr_block)).toEqual([
      "10.99.10.0/24",
      "10.99.11.0/24",
      "10.99.0.0/24",
      "10.99.1.0/24",
    ]);
    expect(firewallRules(stack).ingress).toContain("203.0.113.0/24 → balancer: tcp 80");
    expect(firewallRules(stack).ingress.join()).not.toContain("0.0.0.0/0");
  });

  test("the policy cloudwatch may read metrics", () => {
    const stack = synthesize("lab", { policy: "cloudwatch" });
    expect(statements(stack, "balancer-permissions")).toContain("Allow cloudwatch:GetMetricData on *");
    expect(statements(stack, "backend-permissions")).not.toContain("Allow cloudwatch:GetMetricData on *");
  });

  test("without Session Manager there are neither endpoints nor permissions for it", () => {
    const stack = synthesize("lab", { sessionManager: false });
    expect(all(stack, "aws_vpc_endpoint").map(([id]) => id)).toEqual(["s3-endpoint"]);
    expect(statements(stack, "backend-permissions")).toEqual([readProgram("backend")]);
    expect(firewallRules(stack)).toEqual({
      ingress: ["0.0.0.0/0 → balancer: tcp 80", "balancer → backends: tcp 8000"],
      egress: [`backends → ${s3}: tcp 443`, "balancer → 0.0.0.0/0: tcp 443", "balancer → backends: tcp 8000"],
    });
  });

  test("a certificate's secret opens 443; its content is in no state", () => {
    const secretArn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:lab-AbCdEf";
    const stack = synthesize("lab", { tls: { secretArn } });
    expect(statements(stack, "balancer-permissions")).toContain(
      `Allow secretsmanager:GetSecretValue on ${secretArn}`,
    );
    expect(firewallRules(stack).ingress).toContain("0.0.0.0/0 → balancer: tcp 443");
    expect(stack.output.balancerUrl?.value).toStartWith("https://");
    expect(new Map(userDataOf(stack)).get("balancer")).toContain(`'${secretArn}'`);
    expect(stack.data).not.toHaveProperty("aws_secretsmanager_secret_version");
  });
});
