import type { Clock, Timer } from "../cluster/clock.ts";
import { labelOf } from "./port.ts";
import type { RegisteredPort } from "./registered.ts";

/** Changes that come within this time share one table, or a thousand servers that start together would fill the log. */
const settleMs = 100;

const headings = ["port", "policy", "server", "address", "weight", "state", "in flight"];

/** The states of all servers, a line each. */
function stateTable(ports: readonly RegisteredPort[]): string {
  const rows = ports.flatMap((port) =>
    [...port.servers.values()].map(({ address, target }) => [
      labelOf(port),
      port.policy.name,
      target.id,
      address,
      String(target.weight),
      target.state,
      String(target.inFlight),
    ]),
  );
  if (rows.length === 0) return "  no servers";
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [headings, ...rows]
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}

/** Logs every change at once, and the table of all states as soon as no more changes come with it. */
export class StateTable {
  private timer: Timer | undefined;
  private isStopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly log: (line: string) => void,
    private readonly ports: () => readonly RegisteredPort[],
  ) {}

  changed(line: string): void {
    this.log(`control: ${line}`);
    if (this.isStopped) return;
    this.timer ??= this.clock.after(settleMs, () => {
      this.timer = undefined;
      this.log(`control: states\n${stateTable(this.ports())}`);
    });
  }

  /** No more tables: what ends with the balancer is said in lines alone. */
  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }
}
