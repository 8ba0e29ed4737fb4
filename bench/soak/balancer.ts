import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ManagedProcess, startProcess } from "../lab/process.ts";
import { failure, type Outcome } from "../outcome.ts";

/** Of the ports that registered servers are reached by: none of the machine's own servers is there. */
const boundTo = "127.0.0.9";
/** Of a session of datagrams. */
export const idleTimeoutMs = 2000;

/** One with a control channel and a UDP listener. */
export interface RunningBalancer {
  readonly child: ManagedProcess;
  readonly controlPort: number;
  readonly udpPort: number;
}

/** Runs `task` with the balancer up, its UDP listener before a server that sends all back. */
export async function withBalancer<T>(
  balancer: string,
  task: (running: RunningBalancer) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const scratch = await mkdtemp(join(tmpdir(), "ballast-soak-"));
  const echo = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: {
      data: (socket, bytes, port, address) => void socket.send(bytes, port, address),
      // The balancer's socket may be gone when a reply comes.
      error() {},
    },
  });
  const config = {
    listeners: [
      {
        name: "echo",
        protocol: "udp",
        listen: "127.0.0.1:0",
        group: "echo",
        idleTimeout: `${idleTimeoutMs}ms`,
      },
    ],
    groups: { echo: { policy: "least-connections", targets: [{ url: `udp://127.0.0.1:${echo.port}` }] } },
    control: { listen: "127.0.0.1:0", bind: boundTo },
  };
  const file = join(scratch, "lb.json");
  await Bun.write(file, JSON.stringify(config));
  const child = startProcess("balancer", [resolve(balancer), "--config", file]);
  try {
    if (!child.ok) return child;
    const listener = await child.value.waitForLine(/^listener echo on udp:\/\/\S+:(\d+)$/, 10_000);
    if (!listener.ok) return failure(listener.fault);
    const control = await child.value.waitForLine(/^control on tcp:\/\/\S+:(\d+)$/, 10_000);
    if (!control.ok) return failure(control.fault);
    return await task({
      child: child.value,
      udpPort: Number(listener.value[1]),
      controlPort: Number(control.value[1]),
    });
  } finally {
    if (child.ok) await child.value.stop(5000);
    echo.close();
    await rm(scratch, { recursive: true, force: true });
  }
}
