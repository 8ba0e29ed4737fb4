import { expect, test } from "bun:test";
import { type Balancer, startBalancer } from "../balancer.ts";
import { parseConfig } from "../config/load.ts";
import type { StatusDocument } from "../observe/status.ts";
import { expectText, TcpTarget } from "../stream/tcp.fixture.ts";
import { openClient, startEcho } from "../stream/udp.fixture.ts";
import { RawClient } from "../testing/raw-client.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";

const opened = stopAfterEach();

function portOf({ listeners }: Balancer, name: string): number {
  const url = listeners.find((listener) => listener.name === name)?.url ?? "";
  return Number(/:(\d+)$/.exec(url)?.[1]);
}

test.each([1, 2])("listeners of all protocols are served beside each other; %d workers", async (workers) => {
  const tcp = await TcpTarget.start("hi");
  opened(tcp);
  const udp = await startEcho("echo of ");
  opened({ stop: udp.close });
  const listen = "127.0.0.1:0";
  const text = JSON.stringify({
    workers,
    listeners: [
      { name: "udp", protocol: "udp", listen, group: "udp" },
      { name: "tcp", protocol: "tcp", listen, group: "tcp" },
      { name: "http", protocol: "http", listen, status: "/status", routes: [{ group: "http" }] },
    ],
    groups: {
      tcp: { targets: [{ url: `tcp://127.0.0.1:${tcp.port}` }], health: false },
      udp: { policy: "round-robin", targets: [{ url: `udp://127.0.0.1:${udp.port}` }] },
      http: { targets: [{ url: "http://127.0.0.1:1" }] },
    },
  });
  const loaded = parseConfig(text, "lb.json");
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  const balancer = await startBalancer(loaded.config, () => {});
  opened(balancer);
  expect(balancer.listeners.map(({ url }) => url.replace(/\d+$/, ""))).toEqual([
    "udp://127.0.0.1:",
    "tcp://127.0.0.1:",
    "http://127.0.0.1:",
  ]);

  const client = await RawClient.connect(portOf(balancer, "tcp"));
  opened({ stop: () => client.socket.destroy() });
  await expectText(client, "hi");

  const asker = await openClient(portOf(balancer, "udp"));
  opened({ stop: asker.close });
  expect(await asker.ask("ping")).toBe("echo of ping");

  const page = await fetch(`http://127.0.0.1:${portOf(balancer, "http")}/status`);
  const { groups } = (await page.json()) as StatusDocument;
  expect(groups.tcp?.targets[0]).toMatchObject({ url: `tcp://127.0.0.1:${tcp.port}`, inFlight: 1 });
  expect(groups.udp?.targets[0]).toMatchObject({ inFlight: 1, failures: 0 });

  const draining = balancer.drain();
  client.send("last words");
  const server = await tcp.connection();
  await expectText(server, "last words");
  server.close();
  client.close();
  await draining;
  expect(fetch(page.url)).rejects.toThrow();
});

test.each([
  { protocol: "http", edge: "wire", routes: [{ group: "web" }] },
  { protocol: "http", edge: "serve", routes: [{ group: "web" }] },
  { protocol: "tcp", group: "web" },
  { protocol: "udp", group: "web" },
])("a name without an address is no place to listen on: %o", (listener) => {
  const scheme = listener.protocol;
  const text = JSON.stringify({
    listeners: [{ ...listener, name: "public", listen: "no-such-name.invalid:8080" }],
    groups: { web: { targets: [{ url: `${scheme}://127.0.0.1:1` }] } },
  });
  const loaded = parseConfig(text, "lb.json");
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  expect(startBalancer(loaded.config, () => {})).rejects.toThrow(
    "listener public: can't listen on no-such-name.invalid:8080: no address is found for this name",
  );
});
