import { EC2Client, GetConsoleOutputCommand, paginateDescribeInstances } from "@aws-sdk/client-ec2";
import { awsFault, callLimit, clientDefaults } from "../balancer/aws/call.ts";
import { failureMark } from "../stacks/user-data.ts";

/** Ids of the instances that an Auto Scaling group has running; rejects with what the SDK says. */
export async function instancesOfGroup(
  region: string,
  group: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const Filters = [
    { Name: "tag:aws:autoscaling:groupName", Values: [group] },
    { Name: "instance-state-name", Values: ["pending", "running"] },
  ];
  return [...(await states(region, { Filters }, signal)).keys()];
}

/** The state of each instance, `running` and others; one that is unknown is left out. */
export async function instanceStates(
  region: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  // By a filter: asked for by their ids, one that is gone would hide the others.
  return await states(region, { Filters: [{ Name: "instance-id", Values: [...ids] }] }, signal);
}

async function states(
  region: string,
  input: { Filters: { Name: string; Values: string[] }[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const client = new EC2Client({ ...clientDefaults, region });
  const found = new Map<string, string>();
  for await (const { Reservations = [] } of paginateDescribeInstances({ client }, input, callLimit(signal)))
    for (const { InstanceId, State } of Reservations.flatMap(({ Instances = [] }) => Instances))
      if (InstanceId !== undefined) found.set(InstanceId, State?.Name ?? "unknown");
  return found;
}

/** What an instance's user-data said when it failed, or why that is not known. */
export async function failureOnConsole(region: string, id: string, signal: AbortSignal): Promise<string> {
  const client = new EC2Client({ ...clientDefaults, region });
  const read = async (Latest: boolean) => {
    const { Output = "" } = await client.send(
      new GetConsoleOutputCommand({ InstanceId: id, Latest }),
      callLimit(signal),
    );
    return Buffer.from(Output, "base64").toString();
  };
  try {
    // Instances on Xen, such as t2, have no latest output: theirs comes by itself after some minutes.
    const output = await read(true).catch(() => read(false));
    const line = output.split("\n").findLast((each) => each.includes(failureMark));
    return line?.slice(line.indexOf(failureMark)).trim() ?? "its console says nothing of a failure (yet)";
  } catch (error) {
    signal.throwIfAborted();
    return `its console can't be read: ${awsFault(error)}`;
  }
}
