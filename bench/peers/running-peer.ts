import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ManagedProcess } from "../lab/process.ts";
import { failure, type Outcome, success } from "../outcome.ts";
import { type BenchContext, scratchDirectory } from "./bench-context.ts";
import { onProxyCores } from "./cores.ts";
import { freePorts } from "./free-port.ts";
import type { Certificate, SiteTarget } from "./peer.ts";
import type { InstalledPeer } from "./subjects.ts";
import { freeUdpPorts, waitForEcho } from "./udp-origin.ts";

const readyTimeoutMs = 10_000;
const pollIntervalMs = 20;

/** A proxy that answers. */
export interface RunningPeer {
  /** Ends with a slash. */
  readonly url: string;
  readonly pid: number;
  readonly child: ManagedProcess;
  /** Where its files are. */
  readonly directory: string;
  /** Writes its config for these servers, which it has yet to read; the command line that runs it. */
  configure(targets: readonly SiteTarget[]): Promise<readonly string[]>;
}

/** Between which servers and clients a proxy is put. */
export interface Setup {
  readonly targets: readonly SiteTarget[];
  /** With one, clients speak TLS. */
  readonly certificate?: Certificate;
  /** What clients speak; anything over TCP carries HTTP here. */
  readonly protocol?: "udp";
}

/**
 * Runs `measure` with the proxy up, on its core, in this setup, and stops it on every path. A fault when
 * it doesn't come up or `measure` has one.
 */
export async function withPeer<T>(
  context: BenchContext,
  { peer, executable }: InstalledPeer,
  { targets, certificate, protocol }: Setup,
  measure: (running: RunningPeer) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const [port = 0] = protocol === "udp" ? await freeUdpPorts(1) : freePorts(1);
  const directory = await scratchDirectory(context, peer.name);
  const configure = async (targets: readonly SiteTarget[]) => {
    const site = { port, targets, directory, logPort: context.logPort, certificate };
    const { files, command } = peer.launch(executable, site);
    for (const [name, text] of Object.entries(files)) await Bun.write(join(directory, name), text);
    return command;
  };
  const command = await configure(targets);
  const started = context.children.start(peer.name, onProxyCores(context.cores, command));
  if (!started.ok) return started;
  try {
    const url = `${protocol ?? (certificate === undefined ? "http" : "https")}://127.0.0.1:${port}/`;
    const ready =
      protocol === "udp"
        ? await waitForEcho(port, started.value, context.signal)
        : await waitFor200(url, started.value, context.signal);
    if (!ready.ok) return ready;
    return await measure({ url, pid: started.value.pid, child: started.value, directory, configure });
  } finally {
    await context.children.stop(started.value);
  }
}

/** Asks until the answer is 200, or the program has ended; the fault says what came last. */
export async function waitFor200(
  url: string,
  child: ManagedProcess,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const deadlineMs = performance.now() + readyTimeoutMs;
  let last = "no answer";
  while (performance.now() < deadlineMs && existsSync(`/proc/${child.pid}`)) {
    signal.throwIfAborted();
    try {
      const response = await fetch(url, {
        signal: AbortSignal.timeout(2000),
        keepalive: false,
        tls: { rejectUnauthorized: false },
      });
      await response.arrayBuffer();
      if (response.status === 200) return success(undefined);
      last = `status ${response.status}`;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await Bun.sleep(pollIntervalMs);
  }
  return failure(`${child.name}: ${url} did not answer 200: ${last}; ${child.describe()}`);
}
