import { quantile } from "../../quantile.ts";
import { textTable } from "../../report/terminal.ts";
import type { SimPolicyName } from "../balancer.ts";
import { formatMs } from "../text.ts";
import { compare, type Performance } from "./compare.ts";
import { randomScenario } from "./random-scenario.ts";

/** What policies are measured by. */
const reference = "least-connections";
/** From here on a p99 counts as worse. */
const worseRatio = 1.15;
const listed = 10;

/** A random scenario and how each policy did in it. */
export interface Found {
  readonly name: string;
  readonly title: string;
  readonly policies: ReadonlyMap<SimPolicyName, Performance>;
}

/** Over all scenarios: a policy's p99 by that of least-connections. */
export interface Distribution {
  readonly policy: SimPolicyName;
  /** At 10, 50, 90 and 99 % of the scenarios, and the highest. */
  readonly ratios: readonly number[];
  readonly scenarios: number;
  /** In how many p99 is more than 15 % above that of least-connections. */
  readonly worse: number;
  /** In how many of these it is so too above the clairvoyant's. */
  readonly worseThanBoth: number;
  /** In how many a target got hardly anything for ten seconds of what the clairvoyant gave it. */
  readonly starving: number;
  readonly failures: number;
}

/** Compares the policies in `count` random scenarios, from this seed on. */
export function search(policies: readonly SimPolicyName[], count: number, seed: number): Found[] {
  const compared = [...new Set<SimPolicyName>(["clairvoyant", reference, ...policies])];
  return Array.from({ length: count }, (_, i) => {
    const scenario = randomScenario(seed + i);
    return { name: scenario.name, title: scenario.title, policies: compare(scenario, compared, seed + i) };
  });
}

export function distributionOf(policy: SimPolicyName, all: readonly Found[]): Distribution {
  const ratios = all.map((found) => ratioTo(reference, policy, found)).toSorted((a, b) => a - b);
  const worse = all.filter((found) => ratioTo(reference, policy, found) > worseRatio);
  return {
    policy,
    ratios: [0.1, 0.5, 0.9, 0.99, 1].map((q) => quantile(ratios, q)),
    scenarios: all.length,
    worse: worse.length,
    worseThanBoth: worse.filter((found) => ratioTo("clairvoyant", policy, found) > worseRatio).length,
    starving: all.filter(({ policies }) => (policies.get(policy)?.starved.length ?? 0) > 0).length,
    failures: all.reduce((sum, { policies }) => sum + (policies.get(policy)?.failures ?? 0), 0),
  };
}

export function distributionsText(distributions: readonly Distribution[]): string {
  const rows = distributions.map((d) => [
    d.policy,
    ...d.ratios.map((ratio) => ratio.toFixed(2)),
    `${d.worse}`,
    `${d.worseThanBoth}`,
    `${d.starving}`,
    `${d.failures}`,
  ]);
  const quantiles = ["10 %", "50 %", "90 %", "99 %", "worst"];
  const header = ["p99 ÷ least-connections", ...quantiles, "worse", "than both", "starving", "failed"];
  return textTable(header, rows);
}

/** The scenarios in which the policy is behind by most, each with its p99s. */
export function worstText(policy: SimPolicyName, all: readonly Found[]): string {
  return all
    .filter((found) => ratioTo(reference, policy, found) > worseRatio)
    .toSorted((a, b) => ratioTo(reference, policy, b) - ratioTo(reference, policy, a))
    .slice(0, listed)
    .map(({ name, title, policies }) => {
      const figures = [...policies].map(
        ([each, p]) => `${each} ${formatMs(p.p99Ms)} ms, ${p.failures} failed`,
      );
      return `${name}: ${title}\n  ${figures.join("; ")}`;
    })
    .join("\n");
}

function ratioTo(other: SimPolicyName, policy: SimPolicyName, { policies }: Found): number {
  return (policies.get(policy)?.p99Ms ?? Number.NaN) / (policies.get(other)?.p99Ms ?? Number.NaN);
}
