import { expect, test } from "bun:test";
import { openClient, startEcho } from "../stream/udp.fixture.ts";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { RawClient } from "../testing/raw-client.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { Takeovers } from "../testing/takeovers.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const opened = stopAfterEach();

async function start(workers: number) {
  const tcpTarget = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, bytes) => void socket.write(bytes) },
  });
  opened({ stop: () => tcpTarget.stop(true) });
  const udpTarget = await startEcho("u ");
  opened({ stop: () => udpTarget.close() });
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
  opened({ stop: () => balancer.stop() });
  await until("it serves", () => balancer.stdout.includes("listener u on"));
  const takeovers = new Takeovers(balancer, "listener u on");
  opened({ stop: () => takeovers.stop() });
  return { tcpPort, udpPort, udpTarget, takeovers };
}

async function echo(client: RawClient, text: string): Promise<string> {
  client.send(text);
  await client.wait("the echo", () => client.received.length >= text.length || undefined);
  return client.take(text.length).toString();
}

test.each([1, 2])(
  "TCP and UDP clients notice nothing of two takeovers, with %p workers",
  async (workers) => {
    const { tcpPort, udpPort, udpTarget, takeovers } = await start(workers);
    const long = await RawClient.connect(tcpPort);
    opened({ stop: () => long.socket.destroy() });
    const udp = await openClient(udpPort);
    opened({ stop: () => udp.close() });
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
      await takeovers.next();
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
