/** All requests of a run, in the order in which they ended. */
export class Samples {
  private readonly arrivals: number[] = [];
  private readonly latencies: number[] = [];
  private readonly servers: number[] = [];
  private readonly failed: boolean[] = [];

  add(arrivedAtMs: number, latencyMs: number, serverIndex: number, failed: boolean): void {
    this.arrivals.push(arrivedAtMs);
    this.latencies.push(latencyMs);
    this.servers.push(serverIndex);
    this.failed.push(failed);
  }

  /** Latencies in ms of the answered requests that arrived in [from, to), ascending. */
  answered(fromMs = 0, toMs = Number.POSITIVE_INFINITY): Float64Array {
    return Float64Array.from(
      this.latencies.filter((_, i) => this.failed[i] === false && this.within(i, fromMs, toMs)),
    ).sort();
  }

  failures(fromMs = 0, toMs = Number.POSITIVE_INFINITY): number {
    return this.failed.filter((failed, i) => failed && this.within(i, fromMs, toMs)).length;
  }

  /** The part of the requests arrived in [from, to) that ended at this server, 0 to 1. */
  share(serverIndex: number, fromMs = 0, toMs = Number.POSITIVE_INFINITY): number {
    let all = 0;
    let own = 0;
    for (const [i, server] of this.servers.entries()) {
      if (!this.within(i, fromMs, toMs)) continue;
      all++;
      if (server === serverIndex) own++;
    }
    return all === 0 ? 0 : own / all;
  }

  /** How many of the requests arrived in [from, to) ended at each of so many servers. */
  countByServer(servers: number, fromMs: number, toMs: number): number[] {
    const counts = Array.from({ length: servers }, () => 0);
    for (const [i, server] of this.servers.entries())
      if (server >= 0 && this.within(i, fromMs, toMs)) counts[server] = (counts[server] ?? 0) + 1;
    return counts;
  }

  /** When the last request ended, in ms; 0 when none did. */
  get endedAtMs(): number {
    let endedAtMs = 0;
    for (const [i, latencyMs] of this.latencies.entries())
      endedAtMs = Math.max(endedAtMs, (this.arrivals[i] ?? 0) + latencyMs);
    return endedAtMs;
  }

  private within(index: number, fromMs: number, toMs: number): boolean {
    const arrivedAtMs = this.arrivals[index] ?? Number.NaN;
    return arrivedAtMs >= fromMs && arrivedAtMs < toMs;
  }
}
