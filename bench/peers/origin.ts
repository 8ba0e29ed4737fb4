import { join } from "node:path";
import type { ManagedProcess } from "../lab/process.ts";
import type { Outcome } from "../outcome.ts";
import { type BenchContext, scratchDirectory } from "./bench-context.ts";
import { freePorts } from "./free-port.ts";
import { nginxCommand, nginxVersion } from "./nginx.ts";
import { findExecutable, type SiteTarget, targetsOn } from "./peer.ts";
import { waitFor200 } from "./running-peer.ts";
import { confFile, fillTemplate } from "./template.ts";

/** Size of the large answer, 1 MiB. */
export const largeBytes = 1024 * 1024;

/** The servers behind the proxies when the proxies alone are measured. */
export interface Origin {
  /** For the report. */
  readonly description: string;
  readonly targets: readonly SiteTarget[];
}

/** Servers with a large answer too. */
export interface LargeOrigin extends Origin {
  /** What answers with {@link largeBytes}; all else is small. */
  readonly largePath: string;
}

/**
 * Runs `task` with servers that answer at once on `count` ports, off the proxy's core, and stops them on every path.
 * nginx when it is there: it takes less CPU than our backend, and on two cores what the origin takes is missing to the
 * load generator.
 */
export async function withOrigin<T>(
  context: BenchContext,
  count: number,
  task: (origin: LargeOrigin) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const targets = targetsOn(freePorts(count));
  const running: ManagedProcess[] = [];
  const start = async (
    command: readonly string[],
    target: SiteTarget | undefined,
  ): Promise<Outcome<void>> => {
    const started = context.children.start("origin", command);
    if (!started.ok) return started;
    running.push(started.value);
    return await waitFor200(`http://127.0.0.1:${target?.port}/`, started.value, context.signal);
  };
  try {
    const nginx = findExecutable("nginx");
    if (nginx !== undefined) {
      const ready = await start(await nginxOrigin(context, nginx, targets), targets[0]);
      const description = `nginx ${nginxVersion(nginx)} with a fixed answer, on ${count} ports`;
      return ready.ok ? await task({ description, targets, largePath: "/large" }) : ready;
    }
    for (const target of targets) {
      const command = [...context.backend, "--port", String(target.port), "--id", target.id];
      const ready = await start(command, target);
      if (!ready.ok) return ready;
    }
    const description = `${count} × the backend without a profile`;
    return await task({ description, targets, largePath: `/bytes/${largeBytes}` });
  } finally {
    await Promise.all(running.map((child) => context.children.stop(child)));
  }
}

async function nginxOrigin(
  context: BenchContext,
  executable: string,
  targets: readonly SiteTarget[],
): Promise<readonly string[]> {
  const directory = await scratchDirectory(context, "origin");
  const listens = targets.map(({ port }) => `    listen 127.0.0.1:${port} backlog=4096;`).join("\n");
  await Bun.write(
    join(directory, "nginx.conf"),
    fillTemplate(confFile("origin.conf"), { directory, listens }),
  );
  await Bun.write(join(directory, "large"), new Uint8Array(largeBytes));
  return nginxCommand(executable, directory);
}
