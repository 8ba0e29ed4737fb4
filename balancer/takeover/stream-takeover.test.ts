import { afterEach, expect, test } from "bun:test";
import { openClient, startEcho } from "../stream/udp.fixture.ts";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { RawClient } from "../testing/raw-client.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(workers: number) {
  const tcpTarget = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, bytes) => void socket.write(bytes) },
  });
  cleanups.push(() => tcpTarget.stop(true));
  const udpTarget = await startEcho("u ");
  cleanups.push(() => udpTarget.close());
  const [tcpPort, udpPort] = [unusedPort(), unusedPort()];
  const { balancer } = await BalancerProcess.serve({
    listeners: [
      { name: "t", protocol: "tcp", listen: `127.0.0.1:${tcpPort}`, group: "t" },
      { name: "u", protocol: "udp", listen: `127.0.0.1:${udpPort}`, group: "u" },
    ],
    groups: {
      t: { health: false, targets: [{ url: `tcp://127.0.0.1:${tcpTarget.port}` }] },
      u: { health: false, targets: [{ url: `udp://127.0.0.1:${udpTarget.port}` }] },
    },
    workers,
    drainTimeout: "10s",
  });
  cleanups.push(() => balancer.stop());
  const started = () => balancer.stdout.split("listener u on").length - 1;
  await until("it serves", () => started() === 1);
  let pid = balancer.pid;
  const takeOver = async () => {
    const before = started();
    process.kill(pid, "SIGUSR2");
    await until("the next process serves", () => started() > before, 15_000);
    const next = Number([...balancer.stderr.matchAll(/process (\d+) starts/g)].at(-1)?.[1]);
    pid = next;
    cleanups.push(() => kill(next));
  };
  return { tcpPort, udpPort, udpTarget, takeOver };
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Ended already.
  }
}

async function echo(client: RawClient, text: string): Promise<string> {
  client.send(text);
  await client.wait("the echo", () => client.received.length >= text.length || undefined);
  return client.take(text.length).toString();
}

test.each([1, 2])(
  "TCP and UDP clients notice nothing of two takeovers, with %p workers",
  async (workers) => {
    const { tcpPort, udpPort, udpTarget, takeOver } = await start(workers);
    const long = await RawClient.connect(tcpPort);
    cleanups.push(() => long.socket.destroy());
    const udp = await openClient(udpPort);
    cleanups.push(() => udp.close());
    const seen = new Set<string>();
    let [isOver, asked] = [false, 0];
    const clients = Array.from({ length: 3 }, async () => {
      while (!isOver) {
        const client = await RawClient.connect(tcpPort);
        seen.add(await echo(client, "new").catch((error: Error) => error.message));
        client.socket.destroy();
        asked++;
      }
    });
    let sent = 0;
    const datagrams = (async () => {
      while (!isOver) {
        // One after the other: each has to come back before the next goes.
        expect(await udp.ask(String(sent))).toBe(`u ${sent}`);
        sent++;
      }
    })();
    for (let i = 0; i < 2; i++) {
      expect(await echo(long, "long")).toBe("long");
      await takeOver();
      const before = asked;
      await until("more have come", () => asked > before + 50);
    }
    expect(await echo(long, "long")).toBe("long");
    isOver = true;
    await Promise.all([...clients, datagrams]);
    expect([...seen]).toEqual(["new"]);
    expect(udpTarget.seen.datagrams).toBe(sent);
  },
  40_000,
);
