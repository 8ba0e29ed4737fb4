import { join } from "node:path";
import { type Outcome, success } from "../outcome.ts";
import { type BenchContext, scratchDirectory } from "./bench-context.ts";
import { freePorts } from "./free-port.ts";
import { nginxCommand, nginxVersion } from "./nginx.ts";
import { findExecutable, type SiteTarget } from "./peer.ts";
import { waitFor200 } from "./running-peer.ts";
import { fillTemplate } from "./template.ts";

/** The servers behind the proxies when the proxies alone are measured. */
export interface Origin {
  /** For the report. */
  readonly description: string;
  readonly targets: readonly SiteTarget[];
}

/**
 * Starts servers that answer at once on `count` ports, off the proxy's core. nginx when it is there: it takes less
 * CPU than our backend, and on two cores what the origin takes is missing to the load generator.
 */
export async function startOrigin(context: BenchContext, count: number): Promise<Outcome<Origin>> {
  const targets = freePorts(count).map((port, index) => ({ id: `t-${index + 1}`, port }));
  const executable = findExecutable("nginx");
  if (executable !== undefined) {
    const ready = await startServer(context, await nginxOrigin(context, executable, targets), targets[0]);
    const description = `nginx ${nginxVersion(executable)} with a fixed answer, on ${count} ports`;
    return ready.ok ? success({ description, targets }) : ready;
  }
  for (const target of targets) {
    const command = [...context.backend, "--port", String(target.port), "--id", target.id];
    const ready = await startServer(context, command, target);
    if (!ready.ok) return ready;
  }
  return success({ description: `${count} × the backend without a profile`, targets });
}

async function startServer(
  context: BenchContext,
  command: readonly string[],
  target: SiteTarget | undefined,
): Promise<Outcome<void>> {
  const started = context.children.start("origin", command);
  if (!started.ok) return started;
  return await waitFor200(`http://127.0.0.1:${target?.port}/`, started.value, context.signal);
}

async function nginxOrigin(
  context: BenchContext,
  executable: string,
  targets: readonly SiteTarget[],
): Promise<readonly string[]> {
  const directory = await scratchDirectory(context, "origin");
  const listens = targets.map(({ port }) => `    listen 127.0.0.1:${port} backlog=4096;`).join("\n");
  await Bun.write(join(directory, "nginx.conf"), fillTemplate("origin.conf", { directory, listens }));
  return nginxCommand(executable, directory);
}
