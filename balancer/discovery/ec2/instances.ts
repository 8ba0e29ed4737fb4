import { EC2Client, type Instance, paginateDescribeInstances } from "@aws-sdk/client-ec2";
import { callLimit, clientDefaults } from "../../aws/call.ts";

/** The most that the API gives at once. */
const mostPerPage = 1000;

export interface InstanceTag {
  readonly name: string;
  readonly value: string;
}

/** Gives the running instances that have a tag; rejects with what the SDK says. */
export type FindInstances = (tag: InstanceTag, signal: AbortSignal) => Promise<readonly Instance[]>;

/** Through a client for the region. Loads the SDK: to be imported where it is needed and not before. */
export function instanceFinder(region: string, pageSize = mostPerPage): FindInstances {
  const client = new EC2Client({ ...clientDefaults, region });
  return async (tag, signal) => {
    const filters = [
      { Name: `tag:${tag.name}`, Values: [tag.value] },
      { Name: "instance-state-name", Values: ["running"] },
    ];
    const found: Instance[] = [];
    for await (const page of paginateDescribeInstances(
      { client, pageSize },
      { Filters: filters },
      callLimit(signal),
    ))
      for (const { Instances = [] } of page.Reservations ?? []) found.push(...Instances);
    // `*` and `?` in a filter stand for anything, and are meant as they stand.
    return found.filter(({ Tags = [] }) =>
      Tags.some(({ Key, Value }) => Key === tag.name && Value === tag.value),
    );
  };
}
