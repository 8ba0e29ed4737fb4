import { isAvailable, type Target } from "./target.ts";

/** Targets that share a part of the group's choices. */
export interface Tier {
  readonly targets: readonly Target[];
  /** Of all choices, 0 to 1. A tier of 0 is there for requests that have tried all others. */
  readonly share: number;
}

/** Who may be chosen now. */
export interface Selection {
  /** In order of preference; without targets there are none. The shares add up to 1. */
  readonly tiers: readonly Tier[];
  /** So few are available that others are used too. */
  readonly isPanic: boolean;
}

export interface TierRules {
  /** With a smaller part of the targets than this available, 0 to 1, all that take connections are used; 0: never. */
  readonly panicThreshold: number;
  /** Prefers targets of the balancer's own zone. */
  readonly zone?: ZoneRule | undefined;
}

export interface ZoneRule {
  readonly own: string;
  /**
   * Targets of the zone get at most so many times the group's mean load for their weight; ≥ 1. Undefined: as many times as
   * there are zones, which is right when each zone's clients send the same.
   */
  readonly maxLoad: number | undefined;
}

/** Envoy's overprovisioning factor: a level carries all traffic until less than 1/1.4 = 71 % of it is available. */
const overprovisioning = 1.4;

interface Level {
  /** All but those that drain. */
  readonly all: readonly Target[];
  readonly available: readonly Target[];
  /** Of the group's traffic, how much it can carry, 0 to 1. */
  readonly health: number;
}

/**
 * Shares the choices out over priorities and zones, as Envoy's load balancer does: each level takes what its healthy part
 * can carry, and the rest goes on to the next.
 */
export function selectTiers(targets: readonly Target[], rules: TierRules): Selection {
  const levels = levelsOf(targets);
  const health = levels.reduce((sum, level) => sum + level.health, 0);
  const candidates = levels.reduce((sum, { all }) => sum + all.length, 0);
  let left = 1;
  let isPanic = false;
  const tiers = levels.flatMap((level): Tier[] => {
    // While the group as a whole carries its traffic, a level that is mostly gone is no reason to panic.
    const panics = health < 1 && level.available.length < rules.panicThreshold * level.all.length;
    const usable = panics ? usableInPanic(level) : level.available;
    if (usable.length === 0) return [];
    // With nothing available anywhere nothing speaks for one level rather than the other.
    const wanted = health > 0 ? level.health / Math.min(1, health) : level.all.length / candidates;
    const share = Math.min(left, wanted);
    left -= share;
    if (share > 0 && usable.length > level.available.length) isPanic = true;
    return panics ? [{ targets: usable, share }] : zoneTiers(usable, share, rules.zone);
  });
  return { tiers: tiers.toSorted((a, b) => Number(b.share > 0) - Number(a.share > 0)), isPanic };
}

/** By priority, the first one first. */
function levelsOf(targets: readonly Target[]): Level[] {
  const byPriority = new Map<number, Target[]>();
  for (const target of targets) {
    if (target.state === "draining") continue;
    const { priority } = target.place;
    const level = byPriority.get(priority);
    if (level === undefined) byPriority.set(priority, [target]);
    else level.push(target);
  }
  return [...byPriority.entries()]
    .toSorted(([a], [b]) => a - b)
    .map(([, all]) => {
      const available = all.filter((target) => isAvailable(target.state));
      return { all, available, health: Math.min(1, (overprovisioning * available.length) / all.length) };
    });
}

/** Checks may be wrong of a target that is slow to answer them; one that takes no connection can't help anybody. */
function usableInPanic({ all, available }: Level): readonly Target[] {
  const reachable = all.filter((target) => isAvailable(target.state) || !target.isUnreachable);
  return reachable.length > 0 || available.length > 0 ? reachable : all;
}

function zoneTiers(targets: readonly Target[], share: number, rule: ZoneRule | undefined): Tier[] {
  const local = rule === undefined ? [] : targets.filter(({ place }) => place.zone === rule.own);
  if (rule === undefined || local.length === 0 || local.length === targets.length)
    return [{ targets, share }];
  const maxLoad = rule.maxLoad ?? new Set(targets.map(({ place }) => place.zone)).size;
  const localShare = Math.min(1, (maxLoad * weightOf(local)) / weightOf(targets));
  const others = targets.filter(({ place }) => place.zone !== rule.own);
  return [
    { targets: local, share: share * localShare },
    { targets: others, share: share * (1 - localShare) },
  ];
}

function weightOf(targets: readonly Target[]): number {
  return targets.reduce((sum, { weight }) => sum + weight, 0);
}
