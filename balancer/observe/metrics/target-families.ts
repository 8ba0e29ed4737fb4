import { failureReasons } from "../../cluster/attempt.ts";
import type { Group } from "../../cluster/group.ts";
import { tallySlots } from "../../cluster/group-memory.ts";
import { type Target, targetStates } from "../../cluster/target.ts";
import { statusClasses } from "../../cluster/target-tally.ts";
import { type LabelText, labels } from "./exposition.ts";
import type { Family } from "./family.ts";
import type { MetricsSource } from "./source.ts";

const ofTarget = ["group", "target"];

function eachTarget(
  source: MetricsSource,
  write: (labelText: LabelText, target: Target, group: Group) => void,
): void {
  for (const { group } of source.groups())
    for (const target of group.targets)
      write(labels("group", group.name, "target", target.id), target, group);
}

/** A family with one value for each target; none where it is not known. */
function single(
  head: Pick<Family, "name" | "type" | "unit" | "help">,
  read: (target: Target, group: Group) => number | undefined,
): Family {
  return {
    ...head,
    labels: ofTarget,
    write: (out, source) =>
      eachTarget(source, (text, target, group) => {
        const value = read(target, group);
        if (value !== undefined && Number.isFinite(value)) out.sample(text, value);
      }),
  };
}

export const targetFamilies: readonly Family[] = [
  {
    name: "ballast_attempts",
    type: "counter",
    help: "Attempts that are over: the class of the status, why there was no answer, or cancelled.",
    labels: [...ofTarget, "outcome"],
    write: (out, source) =>
      eachTarget(source, (text, { tally }) => {
        const write = (outcome: string, count: number) => {
          if (count > 0) out.sample(`${text},${labels("outcome", outcome)}`, count);
        };
        for (const [index, name] of statusClasses.entries()) write(name, tally.answered(index));
        for (const reason of failureReasons) write(reason, tally.failed(reason));
        write("cancelled", tally.sum(tallySlots.cancelled));
      }),
  },
  {
    name: "ballast_first_byte_seconds",
    type: "histogram",
    unit: "seconds",
    help: "From the choice of a target to the first byte of its answer; of TCP, to the connection.",
    labels: ofTarget,
    write: (out, source) =>
      eachTarget(source, (text, { tally }) => out.histogram(text, tally.histogram("firstByte"))),
  },
  {
    name: "ballast_connect_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "To establish a connection to a target, TLS included.",
    labels: ofTarget,
    write: (out, source) =>
      eachTarget(source, (text, { tally }) => out.histogram(text, tally.histogram("connect"))),
  },
  single(
    {
      name: "ballast_in_flight_attempts",
      type: "gauge",
      help: "Attempts begun and not over, open TCP connections and UDP sessions.",
    },
    (target) => target.inFlight,
  ),
  single(
    {
      name: "ballast_waiting_requests",
      type: "gauge",
      help: "HTTP requests that wait for a connection to the target.",
    },
    ({ tally }) => tally.sum(tallySlots.waiting),
  ),
  single(
    { name: "ballast_target_connections", type: "gauge", help: "Established connections to the target." },
    ({ tally }) => tally.sum(tallySlots.connections),
  ),
  {
    name: "ballast_target_state",
    type: "gauge",
    help: "1 for the state that the target is in; it takes new traffic when healthy or unknown.",
    labels: [...ofTarget, "state"],
    write: (out, source) =>
      eachTarget(source, (text, target) => {
        for (const state of targetStates)
          out.sample(`${text},${labels("state", state)}`, target.state === state ? 1 : 0);
      }),
  },
  {
    name: "ballast_ejections",
    type: "counter",
    help: "How often the target was taken out: unhealthy by its checks or failures, or ejected.",
    labels: [...ofTarget, "state"],
    write: (out, source) =>
      eachTarget(source, (text, { tally }) => {
        for (const state of ["unhealthy", "ejected"] as const)
          out.sample(`${text},${labels("state", state)}`, tally.sum(tallySlots[state]));
      }),
  },
  {
    name: "ballast_health_checks",
    type: "counter",
    help: "Active checks of the target that are over.",
    labels: [...ofTarget, "result"],
    write: (out, source) =>
      eachTarget(source, (text, { tally }) => {
        out.sample(`${text},${labels("result", "passed")}`, tally.sum(tallySlots.checksPassed));
        out.sample(`${text},${labels("result", "failed")}`, tally.sum(tallySlots.checksFailed));
      }),
  },
  single(
    {
      name: "ballast_target_latency_seconds",
      type: "gauge",
      unit: "seconds",
      help: "The average latency that the policies go by; left out while there is none.",
    },
    ({ requestLatency: { averageMs } }) => (averageMs === undefined ? undefined : averageMs / 1000),
  ),
  single(
    {
      name: "ballast_target_score",
      type: "gauge",
      help: "The policy's score, lower is better; left out while there is none.",
    },
    (target, group) => group.scoreOf(target),
  ),
  single(
    {
      name: "ballast_target_weight",
      type: "gauge",
      help: "The target's share of traffic, relative to others.",
    },
    ({ weight }) => weight,
  ),
];
