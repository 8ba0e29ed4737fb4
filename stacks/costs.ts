import { detailedMetrics, hourOf, instanceHour } from "./prices.ts";

/** What a stack costs by the hour, as its synthesized Terraform says. */

export interface CostItem {
  readonly item: string;
  readonly count: number;
  /** US dollars an hour for all of them; undefined where the list has no price. */
  readonly usdPerHour: number | undefined;
}

type Block = Readonly<Record<string, unknown>>;

/** The part of a cdk.tf.json that has a price. */
export interface Priced {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Block>>>>;
}

/**
 * The items of a stack while it does nothing; Auto Scaling groups with `size` of their instances. Traffic, requests to S3 and
 * CloudWatch's API, capacity units of load balancers and metrics that the balancers publish come on top.
 */
export function costItems({ resource }: Priced, size: "least" | "most" = "least"): CostItem[] {
  const machines = machinesOf({ resource }, size);
  const total = machines.reduce((sum, { count }) => sum + count, 0);
  const gigabytes = machines.reduce((sum, { count, gigabytes: each }) => sum + count * each, 0);
  const balancers = Object.values(resource.aws_lb ?? {});
  const ofType = (type: string) => balancers.filter((each) => each.load_balancer_type === type).length;
  const priced = (item: string, count: number, each: number): CostItem => ({
    item,
    count,
    usdPerHour: count * each,
  });
  const items = [
    ...instanceItems(machines),
    priced("GB of volumes (gp3)", gigabytes, hourOf.volumeGigabyte),
    priced("instance with metrics each minute", total, detailedMetrics * hourOf.metric),
    priced("public IPv4 address", publicAddresses(resource), hourOf.publicAddress),
    priced("interface endpoint in a zone", endpointZones(resource), hourOf.interfaceEndpoint),
    priced("Application Load Balancer", ofType("application"), hourOf.applicationLoadBalancer),
    priced("Network Load Balancer", ofType("network"), hourOf.networkLoadBalancer),
    priced("metric in an alarm of target tracking", alarmMetrics(resource), hourOf.alarmMetric),
  ];
  return items.filter(({ count }) => count > 0);
}

/** US dollars an hour; undefined when one of the items has no price. */
export function totalOf(items: readonly CostItem[]): number | undefined {
  return items.reduce<number | undefined>(
    (sum, { usdPerHour }) => (sum === undefined || usdPerHour === undefined ? undefined : sum + usdPerHour),
    0,
  );
}

/** A price for people, with all digits that cheap items need. */
export const dollars = (usd: number | undefined) =>
  usd === undefined ? "not in the list" : `$${usd.toFixed(4)}`;

/** Instances of one type. */
export interface Machines {
  readonly type: string;
  readonly count: number;
  /** Of each one's volume. */
  readonly gigabytes: number;
}

/** The instances of a stack, alone and in Auto Scaling groups. */
export function machinesOf({ resource }: Priced, size: "least" | "most" = "least"): Machines[] {
  const alone = Object.values(resource.aws_instance ?? {}).map((instance) => ({
    type: String(instance.instance_type),
    count: 1,
    gigabytes: Number((instance.root_block_device as Block).volume_size),
  }));
  const grouped = Object.entries(resource.aws_autoscaling_group ?? {}).map(([id, group]) => {
    const template = resource.aws_launch_template?.[id.replace(/-group$/, "-template")];
    if (template === undefined) throw new Error(`${id}: expected a launch template of the same name`);
    const [volume] = template.block_device_mappings as { ebs: Block }[];
    return {
      type: String(template.instance_type),
      count: Number(size === "least" ? group.min_size : group.max_size),
      gigabytes: Number(volume?.ebs.volume_size),
    };
  });
  return [...alone, ...grouped];
}

function instanceItems(machines: readonly Machines[]): CostItem[] {
  const counts = new Map<string, number>();
  for (const { type, count } of machines) counts.set(type, (counts.get(type) ?? 0) + count);
  return [...counts].map(([type, count]) => {
    const each = instanceHour[type];
    return { item: `instance ${type}`, count, usdPerHour: each === undefined ? undefined : count * each };
  });
}

/** An internet-facing load balancer has one in each of its subnets. */
function publicAddresses(resource: Priced["resource"]): number {
  const balancers = Object.values(resource.aws_lb ?? {});
  const ofBalancers = balancers.reduce((sum, { subnets }) => sum + (subnets as unknown[]).length, 0);
  return Object.keys(resource.aws_eip ?? {}).length + ofBalancers;
}

function endpointZones(resource: Priced["resource"]): number {
  return Object.values(resource.aws_vpc_endpoint ?? {})
    .filter(({ vpc_endpoint_type }) => vpc_endpoint_type === "Interface")
    .reduce((sum, { subnet_ids }) => sum + (subnet_ids as unknown[]).length, 0);
}

/** Target tracking makes two alarms for a policy, billed by the metrics that they look at. */
function alarmMetrics(resource: Priced["resource"]): number {
  return Object.values(resource.aws_autoscaling_policy ?? {}).reduce((sum, policy) => {
    const { customized_metric_specification: custom } = policy.target_tracking_configuration as {
      customized_metric_specification?: { metrics: readonly { metric_stat?: object }[] };
    };
    const metrics = custom?.metrics.filter(({ metric_stat }) => metric_stat !== undefined).length ?? 1;
    return sum + 2 * metrics;
  }, 0);
}
