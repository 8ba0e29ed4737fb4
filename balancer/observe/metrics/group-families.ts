import type { Group } from "../../cluster/group.ts";
import type { DiscoveryStatus } from "../../discovery/group-discovery.ts";
import type { GroupCountSlot, GroupCounts } from "../group-counts.ts";
import { type Exposition, type LabelText, labels } from "./exposition.ts";
import type { Family } from "./family.ts";
import type { MetricsSource } from "./source.ts";

type Head = Pick<Family, "name" | "type" | "unit" | "help">;

function eachGroup(
  { counts }: MetricsSource,
  write: (labelText: LabelText, counts: GroupCounts) => void,
): void {
  for (const [name, group] of counts.ofGroups()) write(labels("group", name), group);
}

/** A family with one value for each group. */
function ofGroup(head: Head, slot: GroupCountSlot): Family {
  return {
    ...head,
    labels: ["group"],
    write: (out, source) => eachGroup(source, (text, counts) => out.sample(text, counts.sum(slot))),
  };
}

/** A family with several values for each group, told apart by a label. */
function severalOfGroup(head: Head, label: string, slots: Readonly<Record<string, GroupCountSlot>>): Family {
  return {
    ...head,
    labels: ["group", label],
    write: (out, source) =>
      eachGroup(source, (text, counts) => {
        for (const [value, slot] of Object.entries(slots))
          out.sample(`${text},${labels(label, value)}`, counts.sum(slot));
      }),
  };
}

function eachDiscovery(
  { mainStatus }: MetricsSource,
  write: (labelText: LabelText, status: DiscoveryStatus) => void,
): void {
  for (const [group, status] of Object.entries(mainStatus().discovery ?? {}))
    write(labels("group", group, "provider", status.provider), status);
}

function ofDiscovery(
  head: Head,
  more: readonly string[],
  write: (out: Exposition, labelText: LabelText, status: DiscoveryStatus) => void,
): Family {
  return {
    ...head,
    labels: ["group", "provider", ...more],
    write: (out, source) => eachDiscovery(source, (text, status) => write(out, text, status)),
  };
}

function isInPanic({ selection }: Group): 0 | 1 {
  return selection.isPanic ? 1 : 0;
}

export const groupFamilies: readonly Family[] = [
  severalOfGroup(
    {
      name: "ballast_retry_budget_attempts",
      type: "counter",
      help: "Further attempts, retries and hedges, that the group's retry budget paid for (taken) or not (denied).",
    },
    "result",
    { taken: "budgetTaken", denied: "budgetDenied" },
  ),
  ofGroup(
    { name: "ballast_hedges", type: "counter", help: "Second attempts begun because the first was slow." },
    "hedges",
  ),
  ofGroup(
    {
      name: "ballast_hedges_won",
      type: "counter",
      help: "Second attempts that answered before the first did.",
    },
    "hedgesWon",
  ),
  severalOfGroup(
    {
      name: "ballast_mirrored_requests",
      type: "counter",
      help: "Copies of other groups' requests to this one: sent, or dropped for a long body or too many under way.",
    },
    "result",
    { sent: "mirrored", dropped: "mirrorsDropped" },
  ),
  ofGroup(
    {
      name: "ballast_queued",
      type: "gauge",
      help: "Requests and TCP connections that wait for a target with room.",
    },
    "queued",
  ),
  severalOfGroup(
    {
      name: "ballast_queue_refusals",
      type: "counter",
      help: "Requests and TCP connections refused since too many waited for room (full), or none came in time (timeout).",
    },
    "reason",
    { full: "queueFull", timeout: "queueTimedOut" },
  ),
  {
    name: "ballast_concurrency_limit",
    type: "gauge",
    help: "What may be in flight by the adaptive limit, all threads together; left out while there is none.",
    labels: ["group"],
    write: (out, source) =>
      eachGroup(source, (text, counts) => {
        const limit = counts.sum("limit");
        if (limit > 0) out.sample(text, limit);
      }),
  },
  {
    name: "ballast_group_panic",
    type: "gauge",
    help: "1 while so few targets are available that others are used too.",
    labels: ["group"],
    write: (out, source) => {
      for (const { group } of source.groups()) out.sample(labels("group", group.name), isInPanic(group));
    },
  },
  ofDiscovery(
    {
      name: "ballast_discovered_targets",
      type: "gauge",
      help: "Targets that discovery has found and still takes to be there.",
    },
    [],
    (out, text, { targets }) => out.sample(text, targets),
  ),
  ofDiscovery(
    {
      name: "ballast_discovery_lookups",
      type: "counter",
      help: "Looks for targets that found some (found), or failed or found none (failed).",
    },
    ["result"],
    (out, text, { lookups, failures }) => {
      out.sample(`${text},${labels("result", "found")}`, lookups - failures);
      out.sample(`${text},${labels("result", "failed")}`, failures);
    },
  ),
  ofDiscovery(
    {
      name: "ballast_discovery_success_time_seconds",
      type: "gauge",
      unit: "seconds",
      help: "When discovery last found targets, since 1970; 0 for never.",
    },
    [],
    (out, text, { lastSuccess }) => out.sample(text, secondsOf(lastSuccess)),
  ),
];

/** `at` in ISO 8601; seconds since 1970, 0 for never. */
function secondsOf(at: string | null): number {
  return at === null ? 0 : Date.parse(at) / 1000;
}
