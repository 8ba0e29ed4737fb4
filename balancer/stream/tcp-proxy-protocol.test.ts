import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { parseCidr } from "../config/cidr.ts";
import { createAuthority, issue } from "../testing/certificates.ts";
import { type ConnectionAddresses, readProxyHeader, writeProxyHeader } from "./proxy-header.ts";
import { expectText, type TcpTarget, tcpUnderTest } from "./tcp.fixture.ts";

const { startTarget, startRelay } = tcpUnderTest();

const far: ConnectionAddresses = {
  source: { address: "203.0.113.7", port: 4711 },
  destination: { address: "198.51.100.1", port: 443 },
};

/** The addresses that a target was told, once its header is whole. */
async function told(target: TcpTarget): Promise<ConnectionAddresses | undefined> {
  const server = await target.connection();
  const reading = await server.wait("waited for a header", () => {
    const found = readProxyHeader(server.received);
    return found.kind === "more" ? undefined : found;
  });
  if (reading.kind !== "header") throw new Error(JSON.stringify(reading));
  server.take(reading.length);
  return reading.addresses;
}

describe("a PROXY protocol header", () => {
  test.each(["v1", "v2"] as const)(
    "of %s says who the client is, and does not reach the target",
    async (version) => {
      const target = await startTarget();
      const relay = startRelay({ targets: [target.port], relay: { acceptsProxyProtocol: true } });
      const client = await relay.client();
      client.send(Buffer.concat([writeProxyHeader(version, far), Buffer.from("hello")]));
      await expectText(await target.connection(), "hello");
      client.reset();
      expect(await relay.end()).toMatchObject({ ...far.source, bytesIn: 5 });
    },
  );

  test("may come byte by byte; the target is only asked when it is whole", async () => {
    const target = await startTarget();
    const relay = startRelay({ targets: [target.port], relay: { acceptsProxyProtocol: true } });
    const client = await relay.client();
    client.socket.setNoDelay(true);
    const header = writeProxyHeader("v2", far);
    for (const byte of header.subarray(0, -1)) {
      client.send(Buffer.from([byte]));
      await Bun.sleep(0);
    }
    expect(relay.target(0).inFlight).toBe(0);
    client.send(header.subarray(-1));
    await target.connection();
    client.send("hello");
    await expectText(await target.connection(), "hello");
  });

  test("that is none closes the connection", async () => {
    const relay = startRelay({ targets: [9], relay: { acceptsProxyProtocol: true } });
    const client = await relay.client();
    client.send("GET / HTTP/1.1\r\n\r\n");
    await client.closed();
    expect((await relay.end()).fault).toBe("PROXY protocol: no PROXY protocol header");
    expect(relay.target(0).requests).toBe(0);
  });

  test("has to come in time", async () => {
    const clock = new VirtualClock();
    const relay = startRelay({ targets: [9], clock, relay: { acceptsProxyProtocol: true } });
    const client = await relay.client();
    client.send("PROXY ");
    await Bun.sleep(0);
    clock.advance(10_011);
    await client.closed();
    expect((await relay.end()).fault).toBe("no PROXY protocol header in time");
  });

  test("is only taken from trusted proxies; others may not connect", async () => {
    const networks = (...texts: string[]) => texts.flatMap((text) => parseCidr(text) ?? []);
    const target = await startTarget();
    const strict = startRelay({
      targets: [target.port],
      relay: { acceptsProxyProtocol: true, trustedProxies: networks("10.0.0.0/8") },
    });
    await (await strict.client()).closed();
    expect((await strict.end()).fault).toBe("no trusted proxy");
    const open = startRelay({
      targets: [target.port],
      relay: { acceptsProxyProtocol: true, trustedProxies: networks("10.0.0.0/8", "127.0.0.0/8") },
    });
    const client = await open.client();
    client.send(Buffer.concat([writeProxyHeader("v1", far), Buffer.from("x")]));
    await expectText(await target.connection(), "x");
  });

  test.each(["v1", "v2"] as const)("of %s tells the target who the client is", async (version) => {
    const target = await startTarget();
    const relay = startRelay({ targets: [target.port], group: { sendProxyProtocol: version } });
    const client = await relay.client();
    client.send("hello");
    expect(await told(target)).toEqual({
      source: { address: "127.0.0.1", port: client.socket.localPort ?? 0 },
      destination: { address: "127.0.0.1", port: relay.relay.port },
    });
    await expectText(await target.connection(), "hello");
  });

  test.each([
    ["v1", "PROXY UNKNOWN\r\n"],
    ["v2", "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"],
  ] as const)(
    "of %s begins the checks of targets too, which are nobody's connections",
    async (version, header) => {
      const target = await startTarget();
      const relay = startRelay({ targets: [target.port], group: { sendProxyProtocol: version, health: {} } });
      relay.service.start();
      const check = await target.connection();
      await check.closed();
      expect(check.received.toString("latin1")).toBe(header);
    },
  );

  test("that came is what the target is told", async () => {
    const target = await startTarget();
    const relay = startRelay({
      targets: [target.port],
      group: { sendProxyProtocol: "v2" },
      relay: { acceptsProxyProtocol: true },
    });
    (await relay.client()).send(writeProxyHeader("v1", far));
    expect(await told(target)).toEqual(far);
  });
});

describe("TLS", () => {
  test("is taken off; the target is told of the client, and half-closes pass", async () => {
    const authority = await createAuthority();
    const certificate = await issue(authority, "localhost");
    const target = await startTarget();
    const relay = startRelay({
      targets: [target.port],
      group: { sendProxyProtocol: "v1" },
      relay: { certificate },
    });
    const client = await relay.client({ ca: authority.cert });
    client.send("secret");
    expect((await told(target))?.source.port).toBe(client.socket.localPort ?? 0);
    const server = await target.connection();
    await expectText(server, "secret");
    server.send("answer");
    await expectText(client, "answer");
    client.close();
    await server.closed();
    server.close();
    expect((await relay.end()).fault).toBeUndefined();
  });

  test("that the client does not speak never reaches a target", async () => {
    const authority = await createAuthority();
    const certificate = await issue(authority, "localhost");
    const target = await startTarget();
    const relay = startRelay({ targets: [target.port], relay: { certificate } });
    const client = await relay.client();
    client.send("plain text, which is no handshake\r\n\r\n");
    await client.closed();
    expect(target.connections).toHaveLength(0);
    expect(relay.target(0).requests).toBe(0);
  });
});
