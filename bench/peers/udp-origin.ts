import { existsSync } from "node:fs";
import type { ManagedProcess } from "../lab/process.ts";
import { failure, type Outcome, success } from "../outcome.ts";
import type { BenchContext } from "./bench-context.ts";
import type { UdpTools } from "./generators/udp.ts";
import { type SiteTarget, targetsOn } from "./peer.ts";

const readyTimeoutMs = 10_000;
const askIntervalMs = 20;

/** Runs `task` with servers that send every datagram back, off the proxy's core, and stops them on every path. */
export async function withUdpOrigin<T>(
  context: BenchContext,
  { echo }: UdpTools,
  count: number,
  task: (origin: {
    readonly description: string;
    readonly targets: readonly SiteTarget[];
  }) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const ports = await freeUdpPorts(count);
  const targets = targetsOn(ports);
  const started = context.children.start("udp-echo", [echo, ...ports.map(String)]);
  if (!started.ok) return started;
  try {
    const ready = await waitForEcho(ports[0] ?? 0, started.value, context.signal);
    return ready.ok ? await task({ description: `udp-echo.c on ${count} ports`, targets }) : ready;
  } finally {
    await context.children.stop(started.value);
  }
}

/** `count` UDP ports of 127.0.0.1 that were free a moment ago, all different. */
export async function freeUdpPorts(count: number): Promise<number[]> {
  const open = await Promise.all(
    Array.from({ length: count }, () => Bun.udpSocket({ hostname: "127.0.0.1" })),
  );
  const ports = open.map(({ port }) => port);
  for (const socket of open) socket.close();
  return ports;
}

/** Sends until something comes back from the port, or the program has ended. */
export async function waitForEcho(
  port: number,
  child: ManagedProcess,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const deadlineMs = performance.now() + readyTimeoutMs;
  let isAnswered = false;
  const socket = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: {
      data() {
        isAnswered = true;
      },
      // Nobody listens there yet.
      error() {},
    },
  });
  try {
    while (!isAnswered && performance.now() < deadlineMs && existsSync(`/proc/${child.pid}`)) {
      signal.throwIfAborted();
      sendUnlessRefused(socket, port);
      await Bun.sleep(askIntervalMs);
    }
  } finally {
    socket.close();
  }
  if (isAnswered) return success(undefined);
  return failure(`${child.name}: no datagram came back from port ${port}; ${child.describe()}`);
}

function sendUnlessRefused(socket: Bun.udp.Socket<"buffer">, port: number): void {
  try {
    socket.send("ready?", port, "127.0.0.1");
  } catch (error) {
    // What the system says of the datagram before this one.
    if (!(error instanceof Error && "code" in error && error.code === "ECONNREFUSED")) throw error;
  }
}
