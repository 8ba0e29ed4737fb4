import { join } from "node:path";
import type { Outcome } from "../outcome.ts";
import { type BenchContext, scratchDirectory } from "./bench-context.ts";
import { compileC, findCompiler } from "./compile.ts";
import { freePorts } from "./free-port.ts";
import { type Origin, withOrigin } from "./origin.ts";
import { targetsOn } from "./peer.ts";
import { waitFor200 } from "./running-peer.ts";

/**
 * As {@link withOrigin}, with a server on each core that this process may use: it answers the connections that come from
 * that core. So where workers are compared, what goes from one core to another is the proxy's doing. Without a C compiler the
 * servers are the usual ones.
 */
export async function withCoreOrigin<T>(
  context: BenchContext,
  count: number,
  task: (origin: Origin) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const compiler = findCompiler();
  if (compiler === undefined) return await withOrigin(context, count, task);
  const directory = await scratchDirectory(context, "core-origin");
  const compiled = compileC(compiler, join(import.meta.dir, "origin.c"), directory);
  if (!compiled.ok) return compiled;
  const ports = freePorts(count);
  const targets = targetsOn(ports);
  const started = context.children.start("origin", [compiled.value, ...ports.map(String)]);
  if (!started.ok) return started;
  try {
    const ready = await waitFor200(`http://127.0.0.1:${ports[0]}/`, started.value, context.signal);
    const description = `origin.c with a fixed answer, on each core of the load, on ${count} ports`;
    return ready.ok ? await task({ description, targets }) : ready;
  } finally {
    await context.children.stop(started.value);
  }
}
