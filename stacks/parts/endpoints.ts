import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import type { TerraformStack } from "cdktf";
import type { Settings } from "../settings.ts";
import { allow, securityGroup } from "./firewall.ts";
import type { Network } from "./network.ts";

/** APIs of AWS as endpoints name them. */
export type ApiName = "ec2" | "monitoring" | "ssm" | "ssmmessages";

/** What Session Manager's agent talks to, where instances are to have it. */
export const sessionManagerApis = ({ sessionManager }: Settings): readonly ApiName[] =>
  sessionManager ? ["ssm", "ssmmessages"] : [];

/**
 * Private addresses of AWS's APIs, in `subnets`. The whole VPC resolves the APIs' names to them, so `clients` are all
 * groups whose instances use one, also those in public subnets.
 */
export function createEndpoints(
  stack: TerraformStack,
  settings: Settings,
  network: Network,
  apis: readonly ApiName[],
  subnets: readonly Subnet[],
  clients: readonly SecurityGroup[],
): void {
  if (apis.length === 0) return;
  const group = securityGroup(stack, network, "endpoints", "Private addresses of AWS APIs");
  for (const client of clients) allow(client, group, 443, "AWS APIs by their private addresses");
  for (const api of apis) {
    new VpcEndpoint(stack, `${api}-endpoint`, {
      vpcId: network.vpc.id,
      serviceName: `com.amazonaws.${settings.region}.${api}`,
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      subnetIds: subnets.map(({ id }) => id),
      securityGroupIds: [group.id],
      tags: { Name: `${settings.name}-${stack.node.id}-${api}` },
    });
  }
}
