import { type Cores, isExclusive } from "./cores.ts";
import { coreBusyMs, treeCpuMs } from "./cpu-time.ts";

/**
 * Watches the cores of the proxy `pid` from now on. The returned function tells how busy they have been since with what
 * is no part of the benchmark, 1 is fully; undefined when the proxy isn't pinned to any. `companions` are processes of
 * the benchmark on the same cores: what they take is nobody's disturbance.
 */
export function watchForeignTime(
  cores: Cores,
  pid: number,
  companions: readonly number[] = [],
): () => number | undefined {
  if (!cores.pinned) return () => undefined;
  const { proxy } = cores.split;
  // Where load and servers run on the proxy's cores and nowhere else, this process and all below it are known.
  const known = isExclusive(cores.split) ? [pid, ...companions] : [process.pid];
  const foreignMs = () =>
    proxy.reduce((sum, core) => sum + coreBusyMs(core), 0) -
    known.reduce((sum, each) => sum + treeCpuMs(each), 0);
  const startedAtMs = performance.now();
  const beforeMs = foreignMs();
  return () => {
    const coreMs = (performance.now() - startedAtMs) * proxy.length;
    // The two clocks tick apart: a little below 0 is 0.
    return Math.max(0, (foreignMs() - beforeMs) / coreMs);
  };
}
