import { textTable } from "../report/terminal.ts";
import type { ChoiceCost } from "./choice-cost.ts";
import type { ScenarioSummary } from "./summary.ts";
import { holds, type Verdict } from "./verdict.ts";

export function scenarioText(summary: ScenarioSummary): string {
  const bound = summary.policies.find(({ policy }) => policy === "clairvoyant");
  const rows = summary.policies.map(({ policy, p50Ms, p99Ms, p999Ms, requests, failures }) => [
    policy,
    formatMs(p50Ms),
    formatMs(p99Ms),
    formatMs(p999Ms),
    bound === undefined ? "" : `${(p99Ms / bound.p99Ms).toFixed(2)} ×`,
    `${requests}`,
    `${failures}`,
  ]);
  const header = ["policy", "p50 ms", "p99 ms", "p99.9 ms", "p99 ÷ clairvoyant", "requests", "failed"];
  return `${summary.name}: ${summary.title}\n${textTable(header, rows)}`;
}

/** Each criterion with its worst figure. */
export function verdictsText(verdicts: readonly Verdict[]): string {
  const worst = new Map<string, Verdict>();
  for (const verdict of verdicts) {
    const known = worst.get(verdict.criterion);
    const sign = verdict.bound === "at most" ? 1 : -1;
    if (known === undefined || sign * (verdict.figure - known.figure) > 0)
      worst.set(verdict.criterion, verdict);
  }
  const rows = [...worst.values()].map((verdict) => [
    verdict.criterion,
    verdict.figure.toFixed(3),
    `${verdict.bound} ${verdict.limit}`,
    holds(verdict) ? "ok" : "MISSED",
  ]);
  return textTable(["criterion", "worst", "limit", ""], rows);
}

/** Every figure of every seed, with whether it holds. */
export function verdictsJson(verdicts: readonly (Verdict & { readonly seed: number })[]): string {
  return JSON.stringify(
    verdicts.map((verdict) => ({ ...verdict, holds: holds(verdict) })),
    undefined,
    2,
  );
}

export function choiceCostText(costs: readonly ChoiceCost[]): string {
  const rows = costs.map((cost) => [
    cost.policy,
    `${cost.targets}`,
    cost.nsPerChoice.toFixed(0),
    cost.bytesPerChoice.toFixed(1),
    cost.nsPerAttempt.toFixed(0),
  ]);
  return textTable(["policy", "targets", "ns a choice", "heap bytes a choice", "ns an attempt"], rows);
}

/** Three digits or more; seconds are as readable in ms where policies differ a thousandfold. */
export function formatMs(ms: number): string {
  return ms.toFixed(ms < 100 ? 1 : 0);
}
