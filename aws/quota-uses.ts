import {
  DescribeAddressesCommand,
  EC2Client,
  paginateDescribeInstances,
  paginateDescribeInstanceTypes,
  paginateDescribeVpcs,
} from "@aws-sdk/client-ec2";
import {
  ElasticLoadBalancingV2Client,
  paginateDescribeLoadBalancers,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { awsFault, callLimit, clientDefaults } from "../balancer/aws/call.ts";
import { failure, type Outcome, success } from "../bench/outcome.ts";
import { machinesOf, type Priced } from "../stacks/costs.ts";

/** How a stack uses one of the account's quotas. */
export interface Use {
  /** In the plural, for people. */
  readonly what: string;
  /** As Service Quotas names them. */
  readonly service: string;
  readonly code: string;
  /** By what is to be made. */
  readonly needed: number;
  /** By what is there; rejects with what the SDK says. */
  readonly inUse: () => Promise<number>;
}

/** Types whose vCPUs count for the quota "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances". */
const standard = /^(?!inf|hpc|dl|trn|mac)[acdhimrtz]/;

/** The quotas that `missing` needs something of; a fault where it can't be made at all. */
export async function usesOf(region: string, missing: Priced, signal: AbortSignal): Promise<Outcome<Use>[]> {
  const ec2 = new EC2Client({ ...clientDefaults, region });
  const { resource } = missing;
  const count = (type: string) => Object.keys(resource[type] ?? {}).length;
  const loadBalancers = (type: string) =>
    Object.values(resource.aws_lb ?? {}).filter((each) => each.load_balancer_type === type).length;
  const uses: Use[] = [
    {
      what: "VPCs",
      service: "vpc",
      code: "L-F678F1CE",
      needed: count("aws_vpc"),
      inUse: async () => {
        let vpcs = 0;
        for await (const { Vpcs = [] } of paginateDescribeVpcs({ client: ec2 }, {}, callLimit(signal)))
          vpcs += Vpcs.length;
        return vpcs;
      },
    },
    {
      what: "Elastic IP addresses",
      service: "ec2",
      code: "L-0263D0A3",
      needed: count("aws_eip"),
      inUse: async () =>
        (await ec2.send(new DescribeAddressesCommand({}), callLimit(signal))).Addresses?.length ?? 0,
    },
    {
      what: "Application Load Balancers",
      service: "elasticloadbalancing",
      code: "L-53DA6B97",
      needed: loadBalancers("application"),
      inUse: () => loadBalancersInUse(region, "application", signal),
    },
    {
      what: "Network Load Balancers",
      service: "elasticloadbalancing",
      code: "L-69A177A2",
      needed: loadBalancers("network"),
      inUse: () => loadBalancersInUse(region, "network", signal),
    },
  ];
  const cpus = await cpusUse(ec2, region, missing, signal);
  return [cpus, ...uses.map(success)].filter((use) => !use.ok || use.value.needed > 0);
}

async function loadBalancersInUse(region: string, type: string, signal: AbortSignal): Promise<number> {
  const client = new ElasticLoadBalancingV2Client({ ...clientDefaults, region });
  let found = 0;
  for await (const { LoadBalancers = [] } of paginateDescribeLoadBalancers({ client }, {}, callLimit(signal)))
    found += LoadBalancers.filter(({ Type }) => Type === type).length;
  return found;
}

async function cpusUse(
  ec2: EC2Client,
  region: string,
  missing: Priced,
  signal: AbortSignal,
): Promise<Outcome<Use>> {
  const machines = machinesOf(missing).filter(({ count }) => count > 0);
  const types = [...new Set(machines.map(({ type }) => type))];
  const cpus = await cpusOfTypes(ec2, types, signal);
  if (!cpus.ok) return cpus;
  const unknown = types.find((type) => !cpus.value.has(type));
  if (unknown !== undefined)
    return failure(`instance type ${unknown}: found none in ${region}, expected one that is offered there`);
  const needed = machines
    .filter(({ type }) => standard.test(type))
    .reduce((sum, { type, count }) => sum + count * (cpus.value.get(type) ?? 0), 0);
  return success({
    what: "vCPUs of standard instances on demand",
    service: "ec2",
    code: "L-1216C47A",
    needed,
    inUse: () => cpusInUse(ec2, signal),
  });
}

async function cpusOfTypes(
  client: EC2Client,
  types: readonly string[],
  signal: AbortSignal,
): Promise<Outcome<ReadonlyMap<string, number>>> {
  const cpus = new Map<string, number>();
  if (types.length === 0) return success(cpus);
  // By a filter: asked for by their names, one that is unknown would hide the others.
  const input = { Filters: [{ Name: "instance-type", Values: [...types] }] };
  try {
    for await (const { InstanceTypes = [] } of paginateDescribeInstanceTypes(
      { client },
      input,
      callLimit(signal),
    ))
      for (const { InstanceType, VCpuInfo } of InstanceTypes)
        if (InstanceType !== undefined) cpus.set(InstanceType, VCpuInfo?.DefaultVCpus ?? 0);
    return success(cpus);
  } catch (error) {
    signal.throwIfAborted();
    return failure(`instance types ${types.join(", ")}: ${awsFault(error)}`);
  }
}

async function cpusInUse(client: EC2Client, signal: AbortSignal): Promise<number> {
  const Filters = [{ Name: "instance-state-name", Values: ["pending", "running"] }];
  const perType = new Map<string, number>();
  for await (const { Reservations = [] } of paginateDescribeInstances(
    { client },
    { Filters },
    callLimit(signal),
  ))
    for (const { InstanceType = "", InstanceLifecycle } of Reservations.flatMap(
      ({ Instances = [] }) => Instances,
    ))
      if (InstanceLifecycle !== "spot" && standard.test(InstanceType))
        perType.set(InstanceType, (perType.get(InstanceType) ?? 0) + 1);
  const cpus = await cpusOfTypes(client, [...perType.keys()], signal);
  if (!cpus.ok) throw new Error(cpus.fault);
  return [...perType].reduce((sum, [type, count]) => sum + count * (cpus.value.get(type) ?? 0), 0);
}
