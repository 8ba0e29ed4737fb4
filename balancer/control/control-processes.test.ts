import { expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { join } from "node:path";
import type { StatusDocument } from "../observe/status.ts";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { isRefused } from "../testing/is-refused.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const backendMain = join(import.meta.dir, "..", "..", "backend", "main.ts");

const opened = stopAfterEach();

/** A server as a process of its own, on its own address, which registers itself. */
function startServer(id: string, host: string, port: number, protocol: "tcp" | "udp", controlPort: number) {
  const args = ["--id", id, "--host", host, "--port", String(port)];
  const registration = ["--protocol", protocol, "--register", `127.0.0.1:${controlPort}`];
  const server = Bun.spawn([process.execPath, backendMain, ...args, ...registration], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  opened({
    stop: () => {
      server.kill("SIGKILL");
      return server.exited;
    },
  });
  return server;
}

function startBalancer(controlPort: number) {
  return BalancerProcess.serve({
    listeners: [
      {
        name: "public",
        protocol: "http",
        listen: "127.0.0.1:0",
        status: "/status",
        routes: [{ group: "none" }],
      },
    ],
    groups: { none: { health: false, targets: [{ url: "http://127.0.0.1:1" }] } },
    control: {
      listen: `127.0.0.1:${controlPort}`,
      bind: "127.0.0.1",
      hello: "100ms",
      timeout: "300ms",
      policy: "round-robin",
    },
  });
}

/** The names of all registered servers, as `/status` tells them. */
async function registered(statusPort: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${statusPort}/status`);
  const { control } = (await response.json()) as StatusDocument;
  const ids = control?.ports.flatMap(({ servers }) => servers.map(({ id }) => id)) ?? [];
  return ids.sort().join(" ");
}

/** Who answers so many requests, each on a connection of its own. */
async function answering(port: number, count: number): Promise<string> {
  const ids = new Set<string>();
  for (let i = 0; i < count; i++) {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(2000),
    });
    ids.add(((await response.json()) as { instance: string }).instance);
  }
  return [...ids].sort().join(" ");
}

/** Clients of a UDP port, each with a session of its own; asks until it is answered, as datagrams may be lost. */
function udpClients(port: number, count: number) {
  return Array.from({ length: count }, () => {
    const socket = createSocket("udp4");
    opened({ stop: () => socket.close() });
    let replies = 0;
    socket.on("message", () => replies++);
    return async () => {
      const before = replies;
      await until("a reply", () => {
        socket.send("?", port, "127.0.0.1");
        return replies > before;
      });
    };
  });
}

test("servers of two ports come, die, hang and come again, and clients notice nothing but their own", async () => {
  const controlPort = unusedPort();
  const [tcpPort, udpPort] = [unusedPort(), unusedPort()];
  const first = await startBalancer(controlPort);
  opened({ stop: () => first.balancer.stop() });
  const tcp = [2, 3, 4].map((n) => startServer(`t-${n}`, `127.0.0.${n}`, tcpPort, "tcp", controlPort));
  const udp = [2, 3].map((n) => startServer(`u-${n}`, `127.0.0.${n}`, udpPort, "udp", controlPort));
  const untilRegistered = (port: number, expected: string) =>
    until(`registered: ${expected}`, async () => (await registered(port)) === expected);
  await untilRegistered(first.port, "t-2 t-3 t-4 u-2 u-3");

  expect(await answering(tcpPort, 9)).toBe("t-2 t-3 t-4");
  const clients = udpClients(udpPort, 4);
  for (const ask of clients) await ask();

  tcp[0]?.kill("SIGKILL");
  await untilRegistered(first.port, "t-3 t-4 u-2 u-3");
  expect(await answering(tcpPort, 6)).toBe("t-3 t-4");

  // Their connections stay open, and the system accepts new ones for them.
  tcp[1]?.kill("SIGSTOP");
  udp[0]?.kill("SIGSTOP");
  await untilRegistered(first.port, "t-4 u-3");
  expect(await answering(tcpPort, 6)).toBe("t-4");
  for (const ask of clients) await ask();

  tcp[2]?.kill("SIGKILL");
  udp[1]?.kill("SIGKILL");
  await untilRegistered(first.port, "");
  expect(await isRefused(tcpPort)).toBeTrue();

  // Both find that they were given up, and come again by themselves.
  tcp[1]?.kill("SIGCONT");
  udp[0]?.kill("SIGCONT");
  await untilRegistered(first.port, "t-3 u-2");
  expect(await answering(tcpPort, 2)).toBe("t-3");
  for (const ask of clients) await ask();
  const row = new RegExp(`^  tcp/${tcpPort} +round-robin +t-3 +127.0.0.3 +1 +healthy +\\d+$`, "m");
  await until("the table is printed", () => row.test(first.balancer.stderr.split("no servers").at(-1) ?? ""));

  // So they do after the balancer itself was away.
  await first.balancer.stop();
  const second = await startBalancer(controlPort);
  opened({ stop: () => second.balancer.stop() });
  await untilRegistered(second.port, "t-3 u-2");
  expect(await answering(tcpPort, 2)).toBe("t-3");

  // A server that is told to end says so, and is waited for by nobody.
  tcp[1]?.kill("SIGTERM");
  await untilRegistered(second.port, "u-2");
  expect(second.balancer.stderr).toContain("server t-3 gone: unregistered");
}, 30_000);
