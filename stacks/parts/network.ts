import { DataAwsAvailabilityZones } from "@cdktf/provider-aws/lib/data-aws-availability-zones";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group";
import { InternetGateway } from "@cdktf/provider-aws/lib/internet-gateway";
import { Route } from "@cdktf/provider-aws/lib/route";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { Fn, type TerraformStack } from "cdktf";
import type { Settings } from "../settings.ts";
import { accept } from "./accept.ts";
import type { Release } from "./release.ts";

/** A VPC over two zones, without a NAT gateway: private subnets reach S3 and nothing else outside. */
export interface Network {
  readonly vpc: Vpc;
  /** One in each zone; behind an internet gateway. */
  readonly publicSubnets: ZoneSubnets;
  /** One in each zone, in the same order. */
  readonly privateSubnets: ZoneSubnets;
  readonly s3: VpcEndpoint;
}

export type ZoneSubnets = readonly [Subnet, Subnet];

/** The network of a stack. What its S3 endpoint lets through is the release's bucket alone. */
export function createNetwork(stack: TerraformStack, settings: Settings, release: Release): Network {
  const name = `${settings.name}-${stack.node.id}`;
  const vpc = new Vpc(stack, "vpc", {
    cidrBlock: settings.network,
    enableDnsSupport: true,
    enableDnsHostnames: true,
    tags: { Name: name },
  });
  accept(vpc, { CKV2_AWS_11: "flow logs are priced by traffic, and a benchmark's traffic is known" });
  // Without rules: nothing works by having forgotten to name a security group.
  new DefaultSecurityGroup(stack, "default-security-group", { vpcId: vpc.id });

  const zones = new DataAwsAvailabilityZones(stack, "zones", {
    state: "available",
    filter: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
  });
  accept(zones, { CKV_AWS_394: "looked at once: subnets stay in their zone when there is a new one" });
  const subnet = (kind: "public" | "private", zone: number, index: number) =>
    new Subnet(stack, `${kind}-${zone + 1}`, {
      vpcId: vpc.id,
      cidrBlock: subnetCidr(settings.network, index),
      availabilityZone: Fn.element(zones.names, zone),
      lifecycle: { ignoreChanges: ["availability_zone"] },
      tags: { Name: `${name}-${kind}-${zone + 1}` },
    });
  const publicSubnets = [subnet("public", 0, 0), subnet("public", 1, 1)] as const;
  const privateSubnets = [
    subnet("private", 0, firstPrivate),
    subnet("private", 1, firstPrivate + 1),
  ] as const;

  const gateway = new InternetGateway(stack, "internet-gateway", { vpcId: vpc.id, tags: { Name: name } });
  const publicRoutes = routeTable(stack, vpc, `${name}-public`, "public", publicSubnets);
  new Route(stack, "to-internet", {
    routeTableId: publicRoutes.id,
    destinationCidrBlock: "0.0.0.0/0",
    gatewayId: gateway.id,
  });
  const privateRoutes = routeTable(stack, vpc, `${name}-private`, "private", privateSubnets);

  const s3 = new VpcEndpoint(stack, "s3-endpoint", {
    vpcId: vpc.id,
    serviceName: `com.amazonaws.${settings.region}.s3`,
    vpcEndpointType: "Gateway",
    routeTableIds: [publicRoutes.id, privateRoutes.id],
    policy: releaseOnly(stack, release),
    tags: { Name: `${name}-s3` },
  });
  return { vpc, publicSubnets, privateSubnets, s3 };
}

/** Its /24 of the network. */
const firstPrivate = 10;

/** The nth /24 of a /16. */
export function subnetCidr(network: string, index: number): string {
  return `${network.split(".").slice(0, 2).join(".")}.${index}.0/24`;
}

/** An address that stays an instance's own, in the first private subnet; AWS keeps 0 to 3 for itself. */
export function fixedAddress(network: string, host: number): string {
  return subnetCidr(network, firstPrivate).replace(/0\/24$/, String(host));
}

function routeTable(stack: TerraformStack, vpc: Vpc, name: string, kind: string, subnets: ZoneSubnets) {
  const table = new RouteTable(stack, `${kind}-routes`, { vpcId: vpc.id, tags: { Name: name } });
  subnets.forEach((subnet, zone) => {
    new RouteTableAssociation(stack, `${kind}-routes-${zone + 1}`, {
      subnetId: subnet.id,
      routeTableId: table.id,
    });
  });
  return table;
}

function releaseOnly(stack: TerraformStack, { bucket }: Release): string {
  return new DataAwsIamPolicyDocument(stack, "s3-endpoint-policy", {
    statement: [
      {
        sid: "ReadRelease",
        effect: "Allow",
        principals: [{ type: "*", identifiers: ["*"] }],
        actions: ["s3:GetObject"],
        resources: [`${bucket.arn}/*`],
      },
    ],
  }).json;
}
