import type { ManagedProcess } from "../lab/process.ts";
import type { Outcome } from "../outcome.ts";
import type { BenchContext } from "./bench-context.ts";
import type { SiteTarget } from "./peer.ts";

const readyTimeoutMs = 10_000;

/** A server to start on a port of its own. */
export interface Backend {
  readonly id: string;
  /** What its answers name; nothing when left out. */
  readonly cluster?: string;
  /** Name or path of its profile. */
  readonly profile: string;
  /** Of its service times. */
  readonly seed: number;
}

/** Runs `measure` with the servers up, and stops them on every path. */
export async function withBackends<T>(
  context: BenchContext,
  backends: readonly Backend[],
  measure: (targets: readonly SiteTarget[]) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const running: ManagedProcess[] = [];
  const targets: SiteTarget[] = [];
  try {
    for (const { id, cluster, profile, seed } of backends) {
      const options = { port: "0", id, ...(cluster !== undefined && { cluster }), profile, seed: `${seed}` };
      const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
      const started = context.children.start(`backend ${id}`, [...context.backend, ...flags]);
      if (!started.ok) return started;
      running.push(started.value);
      const line = await started.value.waitForLine(/listening on http:\/\/\S+:(\d+)$/, readyTimeoutMs);
      context.signal.throwIfAborted();
      if (!line.ok) return line;
      targets.push({ id, port: Number(line.value[1]) });
    }
    return await measure(targets);
  } finally {
    await Promise.all(running.map((child) => context.children.stop(child)));
  }
}
