import type { Instance } from "@aws-sdk/client-ec2";
import { awsFault } from "../../aws/call.ts";
import { awsRegion } from "../../aws/region.ts";
import type { Ec2DiscoveryConfig } from "../../config/discovery-schema.ts";
import { describeValue } from "../../config/fault.ts";
import type { TargetConfig } from "../../config/schema.ts";
import type { Lookup } from "../lookup.ts";
import type { FindInstances } from "./instances.ts";

const mostWeight = 1000;

/** Finds the running instances with a tag; each goes by its instance id. */
export function ec2Lookup(config: Ec2DiscoveryConfig): Lookup {
  let finder: FindInstances | undefined;
  return async (signal) => {
    try {
      finder ??= await finderFor(config.region);
      const instances = await finder(config.tag, signal);
      const made = instances.map((instance) => targetOf(instance, config));
      return {
        kind: "found",
        targets: made.flatMap(({ target }) => (target === undefined ? [] : [target])),
        faults: made.flatMap(({ fault }) => (fault === undefined ? [] : [fault])),
      };
    } catch (error) {
      return { kind: "failed", fault: awsFault(error) };
    }
  };
}

async function finderFor(said: string | undefined): Promise<FindInstances> {
  const region = await awsRegion(said);
  const { instanceFinder } = await import("./instances.ts");
  return instanceFinder(region);
}

function targetOf(
  instance: Instance,
  { address, port, scheme, weightTag }: Ec2DiscoveryConfig,
): { readonly target?: TargetConfig; readonly fault?: string } {
  const { InstanceId: id, PrivateIpAddress, PublicIpAddress, Placement, Tags = [] } = instance;
  const host = address === "public" ? PublicIpAddress : PrivateIpAddress;
  if (id === undefined || host === undefined) return { fault: `${id} has no ${address} address` };
  const said = weightTag === undefined ? undefined : Tags.find(({ Key }) => Key === weightTag)?.Value;
  const weight = Number(said ?? 1);
  const target = { id, url: `${scheme}://${host}:${port}`, weight, zone: Placement?.AvailabilityZone };
  if (weight > 0 && weight <= mostWeight) return { target };
  const fault = `${id}: tag ${weightTag}: found ${describeValue(said)}, expected a weight above 0 up to ${mostWeight}`;
  return { target: { ...target, weight: 1 }, fault };
}
