import { type NamedGroup, targetStatus } from "../../observe/status.ts";
import type { Reading } from "./live-feed.ts";

/** What the dashboard shows of the groups as they are now. */
export function liveReading(version: string, uptimeSeconds: number, groups: Iterable<NamedGroup>): Reading {
  return {
    version,
    uptimeSeconds,
    groups: [...groups].map(({ group, policyName }) => ({
      name: group.name,
      policy: policyName,
      targets: group.targets.map((target) => ({
        ...targetStatus(group, target),
        latencyCounts: target.tally.histogram("firstByte").counts,
      })),
    })),
  };
}
