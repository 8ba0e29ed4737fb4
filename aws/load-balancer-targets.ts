import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeLoadBalancers,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { callLimit, clientDefaults } from "../balancer/aws/call.ts";

export interface LoadBalancerTarget {
  /** Name of its target group. */
  readonly group: string;
  readonly id: string;
  /** As AWS calls it: `healthy`, `initial`, `unhealthy` and others. */
  readonly state: string;
}

/** All targets of the load balancer with this DNS name; rejects with what the SDK says. */
export async function targetsBehind(
  region: string,
  dnsName: string,
  signal: AbortSignal,
): Promise<readonly LoadBalancerTarget[]> {
  const client = new ElasticLoadBalancingV2Client({ ...clientDefaults, region });
  const arn = await arnOf(client, dnsName, signal);
  if (arn === undefined) throw new Error(`no load balancer has the name ${dnsName} in ${region}`);
  const { TargetGroups = [] } = await client.send(
    new DescribeTargetGroupsCommand({ LoadBalancerArn: arn }),
    callLimit(signal),
  );
  const targets = TargetGroups.map(async ({ TargetGroupArn, TargetGroupName: group = "" }) => {
    const { TargetHealthDescriptions = [] } = await client.send(
      new DescribeTargetHealthCommand({ TargetGroupArn }),
      callLimit(signal),
    );
    return TargetHealthDescriptions.map(({ Target, TargetHealth }) => ({
      group,
      id: Target?.Id ?? "",
      state: TargetHealth?.State ?? "unknown",
    }));
  });
  return (await Promise.all(targets)).flat();
}

async function arnOf(
  client: ElasticLoadBalancingV2Client,
  dnsName: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for await (const { LoadBalancers = [] } of paginateDescribeLoadBalancers(
    { client },
    {},
    callLimit(signal),
  )) {
    // Host names know no case, and URLs make theirs small.
    const found = LoadBalancers.find(({ DNSName }) => DNSName?.toLowerCase() === dnsName.toLowerCase());
    if (found !== undefined) return found.LoadBalancerArn;
  }
  return undefined;
}
