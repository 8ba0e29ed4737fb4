import { expect, test } from "bun:test";
import { firewallRules, statements } from "./testing/meaning.ts";
import { all, synthesize } from "./testing/synthesis.ts";

const stack = synthesize("fleet");
const s3 = "${aws_vpc_endpoint.s3-endpoint.prefix_list_id}";
const bothPrivate = ["${aws_subnet.private-1.id}", "${aws_subnet.private-2.id}"];

test("world → NLB → balancers → backends, and no other way in", () => {
  expect(firewallRules(stack)).toEqual({
    ingress: [
      "0.0.0.0/0 → nlb: tcp 80",
      "backends → endpoints: tcp 443",
      "balancers → backends: tcp 8000",
      "balancers → endpoints: tcp 443",
      "nlb → balancers: tcp 80",
      "nlb → balancers: tcp 8081",
    ],
    egress: [
      `backends → ${s3}: tcp 443`,
      "backends → endpoints: tcp 443",
      `balancers → ${s3}: tcp 443`,
      "balancers → backends: tcp 8000",
      "balancers → endpoints: tcp 443",
      "nlb → balancers: tcp 80",
      "nlb → balancers: tcp 8081",
    ],
  });
});

test("no instance has a public address", () => {
  expect(all(stack, "aws_eip")).toEqual([]);
  expect(all(stack, "aws_instance")).toEqual([]);
  for (const [, group] of all(stack, "aws_autoscaling_group"))
    expect(group.vpc_zone_identifier).toEqual(bothPrivate);
});

test("the Network Load Balancer stands in both zones and asks each balancer for its status", () => {
  expect(stack.resource.aws_lb?.nlb).toMatchObject({
    load_balancer_type: "network",
    subnets: ["${aws_subnet.public-1.id}", "${aws_subnet.public-2.id}"],
    enable_cross_zone_load_balancing: true,
  });
  expect(stack.resource.aws_lb_target_group?.["nlb-balancers"]).toMatchObject({
    port: 80,
    protocol: "TCP",
    preserve_client_ip: "true",
    health_check: { protocol: "HTTP", port: "8081", path: "/status", matcher: "200" },
  });
  expect(stack.resource.aws_lb_listener?.["nlb-listener"]).toMatchObject({
    port: 80,
    protocol: "TCP",
    default_action: [{ type: "forward", target_group_arn: "${aws_lb_target_group.nlb-balancers.arn}" }],
  });
});

test("with a certificate it takes TLS off on 443, and 80 is closed", () => {
  const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/c-1";
  const secure = synthesize("fleet", { tls: { certificateArn } });
  expect(all(secure, "aws_lb_listener").map(([, listener]) => listener)).toEqual([
    expect.objectContaining({
      port: 443,
      protocol: "TLS",
      certificate_arn: certificateArn,
      ssl_policy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    }),
  ]);
  expect(firewallRules(secure).ingress.filter((rule) => rule.startsWith("0.0.0.0/0"))).toEqual([
    "0.0.0.0/0 → nlb: tcp 443",
  ]);
  expect(secure.output.balancerUrl?.value).toBe("https://${aws_lb.nlb.dns_name}");
});

test("balancers join the NLB, and count as healthy when it says so", () => {
  expect(stack.resource.aws_autoscaling_group?.["balancers-group"]).toMatchObject({
    min_size: 2,
    max_size: 6,
    health_check_type: "ELB",
    target_group_arns: ["${aws_lb_target_group.nlb-balancers.arn}"],
  });
  expect(stack.resource.aws_autoscaling_policy?.["balancers-group-by-cpu"]).toMatchObject({
    autoscaling_group_name: "${aws_autoscaling_group.balancers-group.name}",
    policy_type: "TargetTrackingScaling",
    target_tracking_configuration: {
      target_value: 50,
      predefined_metric_specification: { predefined_metric_type: "ASGAverageCPUUtilization" },
    },
  });
});

test.each([
  ["cluster1", "t2.large", 2, 8],
  ["cluster2", "t2.micro", 2, 10],
])("%s grows with the requests that balancers count for each healthy target", (cluster, type, min, max) => {
  const group = stack.resource.aws_autoscaling_group?.[`${cluster}-group`];
  expect(group).toMatchObject({ min_size: min, max_size: max });
  expect(group?.tag).toContainEqual({
    key: "ballast:group",
    value: `ballast/fleet/${cluster}`,
    propagate_at_launch: true,
  });
  expect(stack.resource.aws_launch_template?.[`${cluster}-template`]?.instance_type).toBe(type);

  const metric = (id: string, metric_name: string, stat: string) => ({
    id,
    return_data: false,
    metric_stat: {
      stat,
      metric: {
        namespace: "Ballast",
        metric_name,
        dimensions: [
          { name: "Group", value: cluster },
          { name: "Deployment", value: "ballast/fleet" },
        ],
      },
    },
  });
  expect(stack.resource.aws_autoscaling_policy?.[`${cluster}-group-by-requests`]).toMatchObject({
    autoscaling_group_name: `\${aws_autoscaling_group.${cluster}-group.name}`,
    target_tracking_configuration: {
      target_value: 3000,
      customized_metric_specification: {
        metrics: [
          metric("requests", "RequestCount", "Sum"),
          metric("hosts", "HealthyHostCount", "Maximum"),
          expect.objectContaining({ id: "load", expression: "requests / hosts", return_data: true }),
        ],
      },
    },
  });
});

test("sizes, types and targets follow the settings", () => {
  const other = synthesize("fleet", {
    fleet: {
      balancers: { type: "c7i.large", min: 3, max: 30 },
      cluster1: { min: 1, max: 1 },
      balancerCpuPercent: 70,
      requestsPerTargetMinute: 60_000,
    },
  });
  expect(other.resource.aws_autoscaling_group?.["balancers-group"]).toMatchObject({
    min_size: 3,
    max_size: 30,
  });
  expect(other.resource.aws_autoscaling_group?.["cluster1-group"]).toMatchObject({
    min_size: 1,
    max_size: 1,
  });
  expect(other.resource.aws_launch_template?.["balancers-template"]?.instance_type).toBe("c7i.large");
  expect(other.resource.aws_autoscaling_policy?.["balancers-group-by-cpu"]).toMatchObject({
    target_tracking_configuration: { target_value: 70 },
  });
  expect(other.resource.aws_autoscaling_policy?.["cluster2-group-by-requests"]).toMatchObject({
    target_tracking_configuration: { target_value: 60_000 },
  });
});

test("roles may do no more than is needed, and APIs are reached in both zones", () => {
  const bare = synthesize("fleet", { sessionManager: false });
  expect(statements(bare, "backend-permissions")).toEqual([
    "Allow s3:GetObject on ${aws_s3_bucket.release.arn}/backend/*",
  ]);
  expect(statements(bare, "balancer-permissions")).toEqual([
    "Allow s3:GetObject on ${aws_s3_bucket.release.arn}/balancer/*",
    "Allow ec2:DescribeInstances on * if ec2:Region StringEquals us-east-1",
    "Allow cloudwatch:PutMetricData on * if cloudwatch:namespace StringEquals Ballast",
  ]);
  const endpoints = all(bare, "aws_vpc_endpoint").map(([id, { subnet_ids }]) => [id, subnet_ids]);
  expect(endpoints).toEqual([
    ["ec2-endpoint", bothPrivate],
    ["monitoring-endpoint", bothPrivate],
    ["s3-endpoint", undefined],
  ]);
});
