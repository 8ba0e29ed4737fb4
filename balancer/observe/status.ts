import type { Group } from "../cluster/group.ts";
import type { Target } from "../cluster/target.ts";
import type { MainStatus } from "./main-status.ts";

/** What `/status` answers; the shape is relied upon. */
export interface StatusDocument extends MainStatus {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly groups: Readonly<Record<string, GroupStatus>>;
}

interface GroupStatus {
  readonly policy: string;
  /** So few targets are available that others are used too. */
  readonly panic: boolean;
  readonly targets: readonly TargetStatus[];
}

/** What is told of a target, in whatever section. */
export interface TargetStatus {
  readonly id: string;
  readonly url: string;
  readonly state: string;
  /** While it is ejected. */
  readonly ejection?: EjectionStatus;
  /** Where the config says them. */
  readonly priority?: number;
  readonly zone?: string;
  /** The policy's score, lower is better; null while there is none. */
  readonly score: number | null;
  /** Average latency of requests in ms; null while there is none. */
  readonly ewmaMs: number | null;
  readonly inFlight: number;
  readonly requests: number;
  readonly failures: number;
  readonly weight: number;
  /** The target's last report of how loaded it is, in its own unit; null unless the policy asks for it. */
  readonly load: number | null;
  /** How long ago that was in ms. */
  readonly loadAgeMs: number | null;
}

interface EjectionStatus {
  readonly cause: string;
  /** Until a check may bring it back; 0 when it waits for that. */
  readonly secondsLeft: number;
  /** Ejections so far. */
  readonly times: number;
}

/** A group and the name of its policy. */
export interface NamedGroup {
  readonly group: Group;
  readonly policyName: string;
}

export function statusDocument(
  version: string,
  uptimeSeconds: number,
  groups: Iterable<NamedGroup>,
  main?: MainStatus,
): StatusDocument {
  const entries = [...groups].map(({ group, policyName }): [string, GroupStatus] => [
    group.name,
    {
      policy: policyName,
      panic: group.selection.isPanic,
      targets: group.targets.map((target) => targetStatus(group, target)),
    },
  ]);
  return {
    version,
    uptimeSeconds: Math.round(uptimeSeconds * 10) / 10,
    groups: Object.fromEntries(entries),
    ...main,
  };
}

/** `group`: the target's own. */
export function targetStatus(group: Group, target: Target): TargetStatus {
  const report = group.loadOf(target);
  const ejection = ejectionStatus(group, target);
  const { priority, zone } = target.place;
  return {
    id: target.id,
    url: target.url,
    state: target.state,
    ...(ejection !== undefined && { ejection }),
    ...(priority > 0 && { priority }),
    ...(zone !== undefined && { zone }),
    score: rounded(group.scoreOf(target)),
    ewmaMs: rounded(target.requestLatency.averageMs),
    inFlight: target.inFlight,
    requests: target.requests,
    failures: target.failures,
    weight: target.weight,
    load: rounded(report?.load),
    loadAgeMs: rounded(report?.ageMs),
  };
}

function ejectionStatus(group: Group, target: Target): EjectionStatus | undefined {
  const { cause, times } = target.ejection;
  if (target.state !== "ejected" || cause === undefined) return undefined;
  return { cause, secondsLeft: Math.round(group.ejectionLeftMs(target) / 100) / 10, times };
}

/** To a microsecond; null for what JSON can't hold, or what is not known. */
export function rounded(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Math.round(value * 1000) / 1000;
}
