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
import { Fn, type ITerraformDependable, type TerraformStack } from "cdktf";
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
  readonly privateRoutes: RouteTable;
  readonly s3: VpcEndpoint;
  /** What has to be there before a machine can fetch anything, and before a load balancer can face the internet. */
  readonly ready: readonly ITerraformDependable[];
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
  const publicRoutes = new RouteTable(stack, "public-routes", {
    vpcId: vpc.id,
    tags: { Name: `${name}-public` },
  });
  const toInternet = new Route(stack, "to-internet", {
    routeTableId: publicRoutes.id,
    destinationCidrBlock: "0.0.0.0/0",
    gatewayId: gateway.id,
  });
  const privateRoutes = new RouteTable(stack, "private-routes", {
    vpcId: vpc.id,
    tags: { Name: `${name}-private` },
  });
  const routed = [
    ...publicSubnets.map((each) => routeBy(stack, each, publicRoutes)),
    ...privateSubnets.map((each) => routeBy(stack, each, privateRoutes)),
  ];

  const s3 = new VpcEndpoint(stack, "s3-endpoint", {
    vpcId: vpc.id,
    serviceName: `com.amazonaws.${settings.region}.s3`,
    vpcEndpointType: "Gateway",
    routeTableIds: [publicRoutes.id, privateRoutes.id],
    policy: releaseOnly(stack, release),
    tags: { Name: `${name}-s3` },
  });
  return { vpc, publicSubnets, privateSubnets, privateRoutes, s3, ready: [s3, toInternet, ...routed] };
}

/** Their /24s of the network; those of public subnets are 0 and 1. */
const firstPrivate = 10;
const reserved = 20;

/** The nth /24 of a /16. */
function subnetCidr(network: string, index: number): string {
  return `${network.split(".").slice(0, 2).join(".")}.${index}.0/24`;
}

/** A private subnet with one instance, at an address that it has again when it is replaced: nobody else can take it. */
export interface ReservedSubnet {
  readonly subnet: Subnet;
  readonly address: string;
  readonly ready: ITerraformDependable;
}

/** A subnet for the one instance that others know by its address; in the first zone. */
export function createReservedSubnet(
  stack: TerraformStack,
  settings: Settings,
  network: Network,
): ReservedSubnet {
  const cidr = subnetCidr(settings.network, reserved);
  const subnet = new Subnet(stack, "reserved", {
    vpcId: network.vpc.id,
    cidrBlock: cidr,
    availabilityZone: network.privateSubnets[0].availabilityZone,
    tags: { Name: `${settings.name}-${stack.node.id}-reserved` },
  });
  const ready = routeBy(stack, subnet, network.privateRoutes);
  // AWS keeps the first four for itself.
  return { subnet, address: cidr.replace(/0\/24$/, "10"), ready };
}

function routeBy(stack: TerraformStack, subnet: Subnet, table: RouteTable): RouteTableAssociation {
  return new RouteTableAssociation(stack, `${subnet.node.id}-routes`, {
    subnetId: subnet.id,
    routeTableId: table.id,
  });
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
