import { expect, test } from "bun:test";
import { userDataOf } from "./testing/instances.ts";
import { firewallRules, statements } from "./testing/meaning.ts";
import { all, synthesize } from "./testing/synthesis.ts";

const stack = synthesize("primes");
const s3 = "${aws_vpc_endpoint.s3-endpoint.prefix_list_id}";

test("user → frontend → internal balancer → backends, and no other way in", () => {
  expect(firewallRules(stack)).toEqual({
    ingress: [
      "0.0.0.0/0 → frontend: tcp 80",
      "backends → endpoints: tcp 443",
      "balancer → backends: tcp 8000",
      "balancer → endpoints: tcp 443",
      "frontend → balancer: tcp 80",
      "frontend → endpoints: tcp 443",
    ],
    egress: [
      `backends → ${s3}: tcp 443`,
      "backends → endpoints: tcp 443",
      `balancer → ${s3}: tcp 443`,
      "balancer → backends: tcp 8000",
      "balancer → endpoints: tcp 443",
      "frontend → 0.0.0.0/0: tcp 443",
      "frontend → balancer: tcp 80",
      "frontend → endpoints: tcp 443",
    ],
  });
});

test("only the frontend has a public address", () => {
  expect(all(stack, "aws_eip").map(([, { instance }]) => instance)).toEqual(["${aws_instance.frontend.id}"]);
  const subnets = all(stack, "aws_instance").map(([id, { subnet_id, private_ip }]) => [
    id,
    subnet_id,
    private_ip,
  ]);
  expect(subnets).toEqual([
    ["balancer", "${aws_subnet.reserved.id}", "10.20.20.10"],
    ["frontend", "${aws_subnet.public-1.id}", undefined],
  ]);
});

test("nobody but the balancer is in the subnet with its address", () => {
  expect(stack.resource.aws_subnet?.reserved?.cidr_block).toBe("10.20.20.0/24");
  expect(stack.resource.aws_route_table_association?.["reserved-routes"]).toMatchObject({
    subnet_id: "${aws_subnet.reserved.id}",
    route_table_id: "${aws_route_table.private-routes.id}",
  });
  const users = JSON.stringify([
    stack.resource.aws_autoscaling_group,
    stack.resource.aws_vpc_endpoint,
    stack.resource.aws_instance?.frontend,
  ]);
  expect(users).not.toContain("aws_subnet.reserved");
});

test("an Auto Scaling group keeps 3 backends in both private subnets, under the tag that the balancer looks for", () => {
  const [[, group] = ["", {}]] = all(stack, "aws_autoscaling_group");
  expect(group).toMatchObject({
    min_size: 3,
    max_size: 3,
    vpc_zone_identifier: ["${aws_subnet.private-1.id}", "${aws_subnet.private-2.id}"],
    launch_template: {
      id: "${aws_launch_template.backends-template.id}",
      version: "${tostring(aws_launch_template.backends-template.latest_version)}",
    },
    instance_refresh: { strategy: "Rolling" },
  });
  expect(group.tag).toContainEqual({
    key: "ballast:group",
    value: "ballast/primes/primes",
    propagate_at_launch: true,
  });
  expect(stack.resource.aws_launch_template?.["backends-template"]).toMatchObject({
    instance_type: "t3.micro",
    vpc_security_group_ids: ["${aws_security_group.backends-security-group.id}"],
    iam_instance_profile: { arn: "${aws_iam_instance_profile.backend-profile.arn}" },
  });
});

test("the frontend asks the balancer at the address that it keeps", () => {
  const script = new Map(userDataOf(stack)).get("frontend");
  expect(script).toContain(
    "ExecStart=/opt/ballast/frontend --role frontend --balancer http://10.20.20.10 --host 0.0.0.0 --port 80 --id ec2\n",
  );
  const elsewhere = new Map(userDataOf(synthesize("primes", { network: "192.168.0.0/16" }))).get("frontend");
  expect(elsewhere).toContain("--balancer http://192.168.20.10 ");
});

test("roles may do no more than is needed", () => {
  const bare = synthesize("primes", { sessionManager: false });
  const read = (name: string) => `Allow s3:GetObject on \${aws_s3_bucket.release.arn}/${name}/*`;
  expect(statements(bare, "frontend-permissions")).toEqual([read("backend")]);
  expect(statements(bare, "backend-permissions")).toEqual([read("backend")]);
  expect(statements(bare, "balancer-permissions")).toEqual([
    read("balancer"),
    "Allow ec2:DescribeInstances on * if ec2:Region StringEquals us-east-1",
    "Allow cloudwatch:PutMetricData on * if cloudwatch:namespace StringEquals Ballast",
  ]);
});

test("the balancer reaches the APIs of EC2 and CloudWatch without leaving the VPC", () => {
  const services = (context: object) =>
    all(synthesize("primes", context), "aws_vpc_endpoint").map(([, { service_name }]) =>
      String(service_name).replace("com.amazonaws.us-east-1.", ""),
    );
  expect(services({})).toEqual(["ec2", "monitoring", "s3", "ssm", "ssmmessages"]);
  expect(services({ sessionManager: false })).toEqual(["ec2", "monitoring", "s3"]);
  for (const [, endpoint] of all(stack, "aws_vpc_endpoint")) {
    if (endpoint.vpc_endpoint_type === "Gateway") continue;
    expect(endpoint).toMatchObject({
      vpc_endpoint_type: "Interface",
      private_dns_enabled: true,
      subnet_ids: ["${aws_subnet.private-1.id}"],
      security_group_ids: ["${aws_security_group.endpoints-security-group.id}"],
    });
  }
});

test("tells the frontend's URL, and no balancer's", () => {
  expect(stack.output.frontendUrl?.value).toBe("http://${aws_eip.frontend-address.public_ip}");
  expect(stack.output).not.toHaveProperty("balancerUrl");
  expect(stack.output.instanceGroups?.value).toEqual({
    backends: "${aws_autoscaling_group.backends-group.name}",
  });
});
