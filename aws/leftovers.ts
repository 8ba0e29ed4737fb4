import { EC2Client, paginateDescribeInstances, paginateDescribeTags } from "@aws-sdk/client-ec2";
import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from "@aws-sdk/client-resource-groups-tagging-api";
import { awsFault, callLimit, clientDefaults } from "../balancer/aws/call.ts";
import { failure, type Outcome, success } from "../bench/outcome.ts";

type Tags = Readonly<Record<string, string>>;

const ec2Arn = /^arn:[^:]+:ec2:[^:]*:[^:]*:[^/]+\/(.+)$/;
const gone = ["shutting-down", "terminated"];

/**
 * The ARNs of what is there with all of these tags, in this region. AWS's list of tags remembers for a while what was
 * deleted: of EC2's resources EC2 is asked itself. The list knows no IAM roles and no Auto Scaling groups; the latter's
 * instances it does.
 */
export async function findTagged(
  region: string,
  tags: Tags,
  signal: AbortSignal,
): Promise<Outcome<readonly string[]>> {
  try {
    const [listed, alive] = await Promise.all([
      listTagged(region, tags, signal),
      aliveInEc2(region, tags, signal),
    ]);
    return success(
      listed.filter((arn) => {
        const id = ec2Arn.exec(arn)?.[1];
        return id === undefined || alive.has(id);
      }),
    );
  } catch (error) {
    signal.throwIfAborted();
    return failure(`looking for what remains in ${region}: ${awsFault(error)}`);
  }
}

async function listTagged(region: string, tags: Tags, signal: AbortSignal): Promise<string[]> {
  const client = new ResourceGroupsTaggingAPIClient({ ...clientDefaults, region });
  const TagFilters = Object.entries(tags).map(([Key, value]) => ({ Key, Values: [value] }));
  const arns: string[] = [];
  const pages = paginateGetResources({ client }, { TagFilters }, callLimit(signal));
  for await (const { ResourceTagMappingList = [] } of pages)
    for (const { ResourceARN } of ResourceTagMappingList)
      if (ResourceARN !== undefined) arns.push(ResourceARN);
  return arns.sort();
}

/** Ids of EC2's resources with these tags, but for instances that have ended. */
async function aliveInEc2(region: string, tags: Tags, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const client = new EC2Client({ ...clientDefaults, region });
  const alive = new Set<string>();
  const [first] = Object.entries(tags).map(([key, value]) => [
    { Name: "key", Values: [key] },
    { Name: "value", Values: [value] },
  ]);
  for await (const { Tags = [] } of paginateDescribeTags(
    { client },
    { Filters: first ?? [] },
    callLimit(signal),
  ))
    for (const { ResourceId } of Tags) if (ResourceId !== undefined) alive.add(ResourceId);
  const ended = { Filters: [{ Name: "instance-state-name", Values: gone }] };
  for await (const { Reservations = [] } of paginateDescribeInstances({ client }, ended, callLimit(signal)))
    for (const { InstanceId } of Reservations.flatMap(({ Instances = [] }) => Instances))
      if (InstanceId !== undefined) alive.delete(InstanceId);
  return alive;
}
