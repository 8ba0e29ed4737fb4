import type { Scenario } from "../scenario.ts";

/** A scenario in a line: servers, load, balancers, probes, and what happens. */
export function titleOf(s: Omit<Scenario, "name" | "title" | "duration" | "measureFrom">): string {
  const parts = [
    `${s.clusters.map(serversText).join(" + ")} ${s.clusters[0]?.service}`,
    `load ${percent(s.load)}`,
    ...s.loadSteps.map(({ at, load }) => `${percent(load)} from ${seconds(at)}`),
    ...s.bursts.map((b) => `${b.requests} within ${b.within.toFixed(0)} ms at ${seconds(b.at)}`),
    ...(s.balancers > 1 ? [`${s.balancers} balancers`] : []),
    s.probes === undefined ? "no probes" : `probes each ${seconds(s.probes.interval)}`,
    ...s.events.map(eventText),
  ];
  return parts.join(", ");
}

function serversText(c: Scenario["clusters"][number]): string {
  const weight = c.weight === 1 ? "" : `, weight ${c.weight}`;
  const probes = c.probeSlowness === 1 ? "" : `, probes ${c.probeSlowness.toFixed(1)} × as slow`;
  const late =
    c.lateAnswers === undefined ? "" : `, ${percent(c.lateAnswers.share)} ${seconds(c.lateAnswers.by)} late`;
  return `${c.servers} × ${c.workers}@${c.meanMs.toFixed(1)} ms${weight}${probes}${late}`;
}

function eventText(event: Scenario["events"][number]): string {
  const when = `${event.server} from ${seconds(event.at)} to ${seconds(event.until)}`;
  if ("slowdown" in event) return `${when} ${event.slowdown.toFixed(1)} × as slow`;
  return "status" in event ? `${when} ${percent(event.share)} ${event.status}` : `${when} down`;
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
