import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { ClientCounts } from "../limits/client-counts.ts";
import { createAuthority, issue, type KeyPair } from "../testing/certificates.ts";
import { connectProxiedTls, connectTlsAfter, type ProxiedTlsOptions } from "../testing/proxied-tls.ts";
import { until } from "../testing/until.ts";
import { type ConnectionAddresses, readProxyHeader, writeProxyHeader } from "./proxy-header.ts";
import { expectPace, expectText, type TcpFixture, type TcpSetup, tcpUnderTest } from "./tcp.fixture.ts";

const { startTarget, startRelay } = tcpUnderTest();

const far: ConnectionAddresses = {
  source: { address: "203.0.113.7", port: 4711 },
  destination: { address: "198.51.100.1", port: 443 },
};
/** Version 2: LOCAL, of a health check by the proxy itself. */
const local = Buffer.from("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", "latin1");
const unknown = Buffer.from("PROXY UNKNOWN\r\n");

let authority: KeyPair;
let certificate: KeyPair;
beforeAll(async () => {
  authority = await createAuthority();
  certificate = await issue(authority, "localhost");
});

function startProxied({ relay, ...setup }: TcpSetup): TcpFixture {
  return startRelay({ ...setup, relay: { certificate, acceptsProxyProtocol: true, ...relay } });
}

function connect(
  { relay }: TcpFixture,
  header: Uint8Array = writeProxyHeader("v2", far),
  cut?: ProxiedTlsOptions["cut"],
) {
  return connectProxiedTls(relay.port, { ca: authority.cert, header, ...(cut && { cut }) });
}

describe("TLS after a PROXY protocol header", () => {
  test.each(["v1", "v2"] as const)("of %s, in one packet with it", async (version) => {
    const target = await startTarget();
    const relay = startProxied({ targets: [target.port], group: { sendProxyProtocol: "v1" } });
    const client = await connect(relay, writeProxyHeader(version, far));
    client.send("secret");
    const server = await target.connection();
    await expectText(server, "PROXY TCP4 203.0.113.7 198.51.100.1 4711 443\r\nsecret");
    server.send("answer");
    await expectText(client, "answer");
    client.close();
    await server.closed();
    server.close();
    expect(await relay.end()).toMatchObject({
      ...far.source,
      bytesIn: 6,
      bytesOut: 6,
      target: relay.target(0),
      fault: undefined,
    });
  });

  test.each([
    ["UNKNOWN", unknown],
    ["LOCAL", local],
  ])("that says %s leaves the connection its own addresses", async (_, header) => {
    const target = await startTarget();
    const relay = startProxied({ targets: [target.port], group: { sendProxyProtocol: "v2" } });
    const client = await connect(relay, header);
    client.send("x");
    const server = await target.connection();
    const reading = await server.wait("waited for a header", () => {
      const found = readProxyHeader(server.received);
      return found.kind === "header" ? found : undefined;
    });
    expect(reading.addresses).toMatchObject({
      source: { address: "127.0.0.1" },
      destination: { address: "127.0.0.1", port: relay.relay.port },
    });
  });

  test("may be split anywhere", async () => {
    const target = await startTarget("hi");
    const relay = startProxied({ targets: [target.port] });
    const places = fc.uniqueArray(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 4 });
    const version = fc.constantFrom("v1", "v2");
    await fc.assert(
      fc.asyncProperty(version, places, async (chosen, at) => {
        const cut = (bytes: Buffer) => {
          const ends = [0, ...at.filter((end) => end < bytes.length).sort((a, b) => a - b), bytes.length];
          return ends.slice(1).map((end, index) => bytes.subarray(ends[index], end));
        };
        const client = await connect(relay, writeProxyHeader(chosen, far), cut);
        await expectText(client, "hi");
        client.socket.destroy();
      }),
      {
        numRuns: 30,
        examples: [
          ["v2", [28]],
          ["v1", [49, 50, 51]],
          ["v2", [1, 15, 16, 27]],
        ],
      },
    );
  });

  test("may come byte by byte", async () => {
    const target = await startTarget("hi");
    const relay = startProxied({ targets: [target.port] });
    const bytewise = (bytes: Buffer) => [
      ...Array.from(bytes.subarray(0, 120), (byte) => Buffer.of(byte)),
      bytes.subarray(120),
    ];
    await expectText(await connect(relay, undefined, bytewise), "hi");
  });

  test("passes half-closes in both directions", async () => {
    const target = await startTarget();
    const relay = startProxied({ targets: [target.port] });
    const client = await connect(relay);
    client.send("all");
    client.close();
    const server = await target.connection();
    await expectText(server, "all");
    await server.closed();
    server.send("after your end");
    await expectText(client, "after your end");
    server.close();
    await client.closed();
    expect((await relay.end()).fault).toBeUndefined();
  });

  test("goes at the pace of the slower side", async () => {
    const target = await startTarget();
    const relay = startProxied({ targets: [target.port] });
    const client = await connectTlsAfter(unknown, relay.relay.port, authority.cert);
    const server = await target.connection();
    await expectPace(server, client);
    await expectPace(client, server);
  }, 20_000);
});

describe("a connection that gets no further", () => {
  test.each([
    ["without a header", "GET / HTTP/1.1\r\n\r\n", "PROXY protocol: no PROXY protocol header"],
    ["with TLS at once", "\x16\x03\x01\x02\0\x01", "PROXY protocol: no PROXY protocol header"],
  ])("%s is closed", async (_, text, fault) => {
    const relay = startProxied({ targets: [9] });
    const client = await relay.client();
    client.send(text);
    await client.closed();
    expect((await relay.end()).fault).toBe(fault);
    expect(relay.target(0).requests).toBe(0);
  });

  test("because what follows the header is no TLS is logged with the client that it named", async () => {
    const relay = startProxied({ targets: [9] });
    const client = await relay.client();
    client.send(Buffer.concat([writeProxyHeader("v1", far), Buffer.alloc(100_000, "no TLS ")]));
    await client.closed();
    expect(await relay.end()).toMatchObject({ ...far.source, bytesIn: 0 });
    expect((await relay.end()).fault).toStartWith("TLS handshake: ");
    expect(relay.counts.connections.handshakeFailures).toBe(1);
  });

  test("because the client leaves in its handshake is logged too", async () => {
    const relay = startProxied({ targets: [9] });
    const client = await relay.client();
    client.send(Buffer.concat([unknown, Buffer.from("\x16\x03\x01\x02\0\x01", "latin1")]));
    client.close();
    await client.closed();
    expect((await relay.end()).fault).toStartWith("TLS handshake: ");
  });

  test.each([
    ["a header", "PROXY ", "no PROXY protocol header in time"],
    ["a handshake", "PROXY UNKNOWN\r\n", "TLS handshake: not in time"],
  ])("has so long for %s", async (_, text, fault) => {
    const clock = new VirtualClock();
    const relay = startProxied({ targets: [9], clock });
    const client = await relay.client();
    client.send(text);
    await until("its end", () => {
      clock.advance(1000);
      return relay.ended.length > 0;
    });
    expect((await relay.end()).fault).toBe(fault);
    await client.closed();
  });

  test("is closed with the relay", async () => {
    const relay = startProxied({ targets: [9] });
    const clients = [await relay.client(), await relay.client()];
    clients[0]?.send(unknown);
    await until("both are there", () => relay.counts.connections.open === 2);
    relay.relay.stop();
    for (const client of clients) await client.closed();
    expect(relay.ended.map(({ fault }) => fault)).toEqual(["the balancer stopped", "the balancer stopped"]);
  });
});

test("a client's connections are counted by the header's address", async () => {
  const target = await startTarget("hi");
  const relay = startProxied({ targets: [target.port], relay: { perClient: new ClientCounts(1) } });
  const header = (address: string) => writeProxyHeader("v2", { ...far, source: { address, port: 1 } });
  await expectText(await connect(relay, header("203.0.113.1")), "hi");
  await expectText(await connect(relay, header("203.0.113.2")), "hi");
  await (await connect(relay, header("203.0.113.1"))).closed();
  expect((await relay.end()).fault).toBe("its client has all the connections that it may have");
});

test("a new certificate is shown from the next connection on", async () => {
  const target = await startTarget("hi");
  const relay = startProxied({ targets: [target.port] });
  await expectText(await connect(relay), "hi");
  const other = await createAuthority();
  relay.become({ certificate: await issue(other, "localhost") });
  expect(connect(relay)).rejects.toThrow();
  const client = await connectProxiedTls(relay.relay.port, { ca: other.cert, header: unknown });
  await expectText(client, "hi");
});
