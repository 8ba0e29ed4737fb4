import type { LiveGroup, LiveHistory } from "../live-messages.ts";
import { Charts } from "./charts.tsx";
import { figure } from "./format.ts";
import { TargetTable } from "./target-table.tsx";

interface GroupCardProps {
  readonly group: LiveGroup;
  readonly atMs: number;
  readonly history: LiveHistory | undefined;
  readonly isLive: boolean;
}

/** A group: what it is, its targets now, and the last minutes. */
export function GroupCard({ group, atMs, history, isLive }: GroupCardProps) {
  const { name, policy, targets } = group;
  const serving = targets.filter(({ state }) => state === "healthy" || state === "unknown").length;
  const requests = targets.reduce((sum, target) => sum + (target.requestsPerSecond ?? 0), 0);
  const id = `group-${name}`;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{name}</h2>
      <p class="facts">
        {policy} · {serving} of {targets.length} serving · {figure(requests)} requests/s
      </p>
      <TargetTable group={name} targets={targets} isLive={isLive} />
      <Charts group={group} atMs={atMs} history={history} />
    </section>
  );
}
