import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBalancer } from "../balancer.ts";
import { parseConfig } from "../config/load.ts";
import { expectText, TcpTarget } from "../stream/tcp.fixture.ts";
import { createAuthority, issue } from "../testing/certificates.ts";
import { connectProxiedTls } from "../testing/proxied-tls.ts";
import { RawClient } from "../testing/raw-client.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import type { Wire } from "../testing/wire.ts";

const started = stopAfterEach();

test.each([1, 2])(
  "with %i workers, connections of a tcp listener may come to begin otherwise, on the same port",
  async (workers) => {
    const directory = mkdtempSync(join(tmpdir(), "ballast-reload-"));
    started({ stop: () => rmSync(directory, { recursive: true }) });
    const authority = await createAuthority();
    const { cert, key } = await issue(authority, "localhost");
    const tls = { cert: join(directory, "cert.pem"), key: join(directory, "key.pem") };
    writeFileSync(tls.cert, cert);
    writeFileSync(tls.key, key);
    const target = started(await TcpTarget.start("hi"));
    const load = (listener: object) =>
      parseConfig(
        JSON.stringify({
          listeners: [{ name: "a", protocol: "tcp", listen: "127.0.0.1:0", group: "g", ...listener }],
          groups: { g: { health: false, targets: [{ url: `tcp://127.0.0.1:${target.port}` }] } },
          workers,
        }),
        "lb.json",
      );
    const first = load({});
    if (!first.ok) throw new Error(first.faults.join("\n"));
    const balancer = started(await startBalancer(first.config, () => {}));
    const port = Number(/:(\d+)$/.exec(balancer.listeners[0]?.url ?? "")?.[1]);
    const header = Buffer.from("PROXY UNKNOWN\r\n");
    const greeted = async (connecting: Promise<Wire>) => {
      const client = await connecting;
      await expectText(client, "hi");
      client.socket.destroy();
    };
    const plain = () => greeted(RawClient.connect(port));
    const proxied = () => greeted(connectProxiedTls(port, { ca: authority.cert, header }));
    const encrypted = () => greeted(RawClient.connect(port, { ca: authority.cert }));
    await plain();
    for (const [listener, expected] of [
      [{ tls, acceptProxyProtocol: true }, proxied],
      [{ tls }, encrypted],
      [{ tls, acceptProxyProtocol: true }, proxied],
      [{}, plain],
    ] as const) {
      expect(await balancer.reload(load(listener), "test")).toMatchObject({ ok: true });
      for (let client = 0; client < 8; client++) await expected();
    }
  },
);
