import { describe, expect, test } from "bun:test";
import { userDataOf } from "./testing/instances.ts";
import { definitions, references, statements } from "./testing/meaning.ts";
import { all, artifacts, type Block, synthesize, variants } from "./testing/synthesis.ts";

const networkReady = [
  "aws_vpc_endpoint.s3-endpoint",
  "aws_route.to-internet",
  "aws_route_table_association.public-1-routes",
  "aws_route_table_association.public-2-routes",
  "aws_route_table_association.private-1-routes",
  "aws_route_table_association.private-2-routes",
];

/** What holds for every stack, whatever is set. */

describe.each(variants)("%s", (_, name, context) => {
  const stack = synthesize(name, context);

  test("refers only to what it defines", () => {
    const defined = definitions(stack);
    expect([...references(stack)].filter((reference) => !defined.has(reference))).toEqual([]);
  });

  test("tags everything with deployment and stack", () => {
    const deployment = "name" in context ? context.name : "ballast";
    const tags = { "ballast:deployment": deployment, "ballast:stack": name };
    expect(stack.provider.aws).toEqual([expect.objectContaining({ default_tags: [{ tags }] })]);
    for (const [, template] of all(stack, "aws_launch_template")) {
      const specifications = template.tag_specifications as { resource_type: string; tags: object }[];
      expect(specifications.map((each) => each.resource_type)).toEqual([
        "instance",
        "volume",
        "network-interface",
      ]);
      for (const each of specifications) expect(each.tags).toMatchObject(tags);
    }
  });

  test("its machines have IMDSv2 alone, encrypted volumes, no SSH key and a role", () => {
    const machines = [...all(stack, "aws_instance"), ...all(stack, "aws_launch_template")];
    expect(machines).not.toHaveLength(0);
    for (const [, machine] of machines) {
      expect(machine.metadata_options).toEqual({
        http_endpoint: "enabled",
        http_tokens: "required",
        http_put_response_hop_limit: 1,
      });
      expect(machine).not.toHaveProperty("key_name");
      expect(machine.iam_instance_profile).toBeDefined();
      const volumes =
        machine.root_block_device ?? (machine.block_device_mappings as { ebs: Block }[])[0]?.ebs;
      expect(String((volumes as Block).encrypted)).toBe("true");
      // The permissions have to be there when the machine fetches its program.
      expect(machine.depends_on).toContainEqual(expect.stringMatching(/^aws_iam_role_policy\./));
      expect(machine.depends_on).toEqual(expect.arrayContaining(networkReady));
    }
  });

  test("what faces the internet waits for the way there", () => {
    for (const [, each] of [...all(stack, "aws_eip"), ...all(stack, "aws_lb")])
      expect(each.depends_on).toEqual(expect.arrayContaining(networkReady));
  });

  test("its machines start from Amazon Linux 2023", () => {
    const parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
    for (const [, instance] of all(stack, "aws_instance")) {
      expect(instance.ami).toBe("${data.aws_ssm_parameter.image.insecure_value}");
      expect(stack.data.aws_ssm_parameter?.image?.name).toBe(parameter);
      // A newer image alone replaces nothing.
      expect(instance.lifecycle).toEqual({ ignore_changes: ["ami"] });
    }
    for (const [, template] of all(stack, "aws_launch_template"))
      expect(template.image_id).toBe(`resolve:ssm:${parameter}`);
  });

  test("the bucket is private, encrypted, versioned, over TLS alone and goes with the stack", () => {
    const bucket = "${aws_s3_bucket.release.id}";
    expect(all(stack, "aws_s3_bucket")).toEqual([
      ["release", expect.objectContaining({ force_destroy: true })],
    ]);
    expect(stack.resource.aws_s3_bucket_public_access_block?.["release-private"]).toMatchObject({
      bucket,
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(stack.resource.aws_s3_bucket_versioning?.["release-versions"]).toMatchObject({
      bucket,
      versioning_configuration: { status: "Enabled" },
    });
    expect(
      stack.resource.aws_s3_bucket_server_side_encryption_configuration?.["release-encryption"],
    ).toMatchObject({
      bucket,
      rule: [{ apply_server_side_encryption_by_default: { sse_algorithm: "AES256" } }],
    });
    expect(stack.resource.aws_s3_bucket_ownership_controls?.["release-owner"]).toMatchObject({
      bucket,
      rule: { object_ownership: "BucketOwnerEnforced" },
    });
    expect(stack.resource.aws_s3_bucket_policy?.["release-policy"]).toMatchObject({
      bucket,
      policy: "${data.aws_iam_policy_document.release-over-tls.json}",
    });
    expect(statements(stack, "release-over-tls")).toEqual([
      "Deny s3:* on ${aws_s3_bucket.release.arn}, ${aws_s3_bucket.release.arn}/* by * * if aws:SecureTransport Bool false",
    ]);
  });

  test("the executables' keys hold their hashes", () => {
    const objects = all(stack, "aws_s3_object").map(([, { key, bucket }]) => [key, bucket]);
    expect(objects).toEqual([
      [`backend/${artifacts.backend.sha256}`, "${aws_s3_bucket.release.id}"],
      [`balancer/${artifacts.balancer.sha256}`, "${aws_s3_bucket.release.id}"],
    ]);
    for (const [, { source }] of all(stack, "aws_s3_object"))
      expect(source).toMatch(/^\$\{path\.module\}\/(\.\.\/)+build\/dist\/(balancer|backend)$/);
  });

  test("private subnets have S3 by a gateway endpoint, and no way out", () => {
    expect(stack.resource).not.toHaveProperty("aws_nat_gateway");
    expect(all(stack, "aws_route").map(([, route]) => route)).toEqual([
      expect.objectContaining({
        route_table_id: "${aws_route_table.public-routes.id}",
        destination_cidr_block: "0.0.0.0/0",
        gateway_id: "${aws_internet_gateway.internet-gateway.id}",
      }),
    ]);
    expect(stack.resource.aws_vpc_endpoint?.["s3-endpoint"]).toMatchObject({
      vpc_endpoint_type: "Gateway",
      route_table_ids: ["${aws_route_table.public-routes.id}", "${aws_route_table.private-routes.id}"],
    });
    expect(statements(stack, "s3-endpoint-policy")).toEqual([
      "Allow s3:GetObject on ${aws_s3_bucket.release.arn}/* by * *",
    ]);
    const associations = all(stack, "aws_route_table_association").map(
      ([, { subnet_id, route_table_id }]) => [subnet_id, route_table_id],
    );
    expect(associations.filter(([subnet]) => subnet !== "${aws_subnet.reserved.id}").sort()).toEqual([
      ["${aws_subnet.private-1.id}", "${aws_route_table.private-routes.id}"],
      ["${aws_subnet.private-2.id}", "${aws_route_table.private-routes.id}"],
      ["${aws_subnet.public-1.id}", "${aws_route_table.public-routes.id}"],
      ["${aws_subnet.public-2.id}", "${aws_route_table.public-routes.id}"],
    ]);
  });

  test("lies in two zones, and no subnet gives out public addresses", () => {
    const subnets = all(stack, "aws_subnet").map(([id, subnet]) => [id, subnet.availability_zone]);
    expect(subnets.filter(([id]) => id !== "reserved")).toEqual([
      ["private-1", "${element(data.aws_availability_zones.zones.names, 0)}"],
      ["private-2", "${element(data.aws_availability_zones.zones.names, 1)}"],
      ["public-1", "${element(data.aws_availability_zones.zones.names, 0)}"],
      ["public-2", "${element(data.aws_availability_zones.zones.names, 1)}"],
    ]);
    for (const [, subnet] of all(stack, "aws_subnet"))
      expect(subnet).not.toHaveProperty("map_public_ip_on_launch");
  });

  test("roles are for EC2 alone", () => {
    for (const [id, role] of all(stack, "aws_iam_role")) {
      const trust = id.replace(/-role$/, "-trust");
      expect(role.assume_role_policy).toBe(`\${data.aws_iam_policy_document.${trust}.json}`);
      expect(statements(stack, trust)).toEqual(["Allow sts:AssumeRole by Service ec2.amazonaws.com"]);
    }
    expect(stack.resource).not.toHaveProperty("aws_iam_role_policy_attachment");
  });

  test("user-data fits, and has nothing that Terraform would take for its own", () => {
    for (const [id, script] of userDataOf(stack)) {
      // AWS takes 16 KiB; references are shorter than what they become, by less than this.
      expect([id, script.length < 12 * 1024]).toEqual([id, true]);
      expect(script.replaceAll(/\$\{aws_s3_object\.[a-z-]+\.(bucket|key)\}/g, "")).not.toMatch(/[$%]\{/);
    }
  });
});
