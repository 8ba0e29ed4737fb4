import { describe, expect, test } from "bun:test";
import {
  type DiscoveryConfig,
  type DnsDiscoveryConfig,
  discoverySchema,
} from "../../config/discovery-schema.ts";
import { type DnsRespond, DnsServerFixture, type DnsTestRecord } from "../../testing/dns-server.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { dnsLookup } from "./dns-lookup.ts";
import { resolve } from "./resolver.ts";

const stoppedLater = stopAfterEach();

async function lookup(respond: DnsRespond, more: object = {}) {
  const server = stoppedLater(await DnsServerFixture.start(respond));
  const said = { provider: "dns", name: "web.example", resolver: `127.0.0.1:${server.port}`, ...more };
  const config: DiscoveryConfig = discoverySchema.parse(said);
  const result = await dnsLookup(config as DnsDiscoveryConfig)(new AbortController().signal);
  return { result, questions: server.questions, port: server.port };
}

const a = (last: number, ttlSeconds = 60, name?: string): DnsTestRecord => ({
  type: "A",
  address: [10, 0, 0, last],
  ttlSeconds,
  ...(name !== undefined && { name }),
});

const srv = (host: string, port: number, weight = 1, priority = 0): DnsTestRecord => ({
  type: "SRV",
  host,
  port,
  weight,
  priority,
});

const target = (address: string, weight = 1) => ({ id: address, url: `http://${address}`, weight });
const serviceAt = (address: string, weight = 1, priority = 0) => ({ ...target(address, weight), priority });

describe("addresses", () => {
  test("are targets at the port, and hold as long as the shortest TTL on the way", async () => {
    const alias: DnsTestRecord = { type: "CNAME", alias: "real.example", ttlSeconds: 7 };
    const answers = [alias, a(1, 60, "real.example"), a(2, 30, "real.example"), a(1, 60, "real.example")];
    const { result, questions } = await lookup(() => ({ answers }), { port: 8000 });
    expect(result).toEqual({
      kind: "found",
      targets: [target("10.0.0.1:8000"), target("10.0.0.2:8000")],
      faults: [],
      validForMs: 7000,
    });
    expect(questions).toEqual([{ name: "web.example", type: 1, over: "udp" }]);
  });

  test("of IPv6 stand in brackets", async () => {
    const answers: DnsTestRecord[] = [
      { type: "AAAA", address: [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], ttlSeconds: 0 },
    ];
    const { result } = await lookup(() => ({ answers }), { type: "AAAA", port: 80, scheme: "tcp" });
    expect(result).toMatchObject({
      targets: [{ id: "[fd00::1]:80", url: "tcp://[fd00::1]:80", weight: 1 }],
      validForMs: 0,
    });
  });

  test("that do not fit into a datagram are asked for over TCP", async () => {
    const answers = Array.from({ length: 200 }, (_, index) => a(index));
    const { result, questions } = await lookup(
      ({ over }) => (over === "udp" ? { isTruncated: true, answers: answers.slice(0, 3) } : { answers }),
      { port: 80 },
    );
    expect(result.kind === "found" && result.targets.length).toBe(200);
    expect(questions.map(({ over }) => over)).toEqual(["udp", "tcp"]);
  });
});

describe("services", () => {
  test("have their ports, weights and priorities, at their hosts' addresses", async () => {
    const { result, questions } = await lookup(
      ({ name, type }) => {
        if (type === 33)
          return {
            answers: [srv("a.example", 8001, 10), srv("b.example", 8002, 0), srv("c.example", 8003, 5, 9)],
            additional: [a(1, 60, "a.example"), a(4, 60, "c.example")],
          };
        return name === "b.example" && type === 1 ? { answers: [a(2, 11), a(3, 12)] } : {};
      },
      { type: "SRV" },
    );
    expect(result).toEqual({
      kind: "found",
      targets: [
        serviceAt("10.0.0.1:8001", 10),
        serviceAt("10.0.0.2:8002"),
        serviceAt("10.0.0.3:8002"),
        serviceAt("10.0.0.4:8003", 5, 9),
      ],
      faults: [],
      validForMs: 11_000,
    });
    expect(questions.map(({ name }) => name)).toEqual(["web.example", "b.example"]);
  });

  test("whose host is not to be found are told, and spoil no others", async () => {
    const { result, port } = await lookup(
      ({ name, type }) => {
        if (type === 33) return { answers: [srv("a.example", 1), srv("gone.example", 2)] };
        return name === "a.example" ? { answers: [a(1)] } : { rcode: 3 };
      },
      { type: "SRV" },
    );
    expect(result).toMatchObject({
      targets: [serviceAt("10.0.0.1:1")],
      faults: [`A of gone.example at 127.0.0.1:${port}: NXDOMAIN: no such name`],
    });
  });

  test('"." says that there is none', async () => {
    const { result } = await lookup(() => ({ answers: [srv("", 0)] }), { type: "SRV" });
    expect(result).toMatchObject({ kind: "found", targets: [] });
  });
});

describe("no answer is said in a line:", () => {
  test.each([
    [2, "SERVFAIL: the server could not find out"],
    [3, "NXDOMAIN: no such name"],
    [5, "REFUSED: the server does not answer us"],
    [11, "error 11"],
  ])("error %p", async (rcode, said) => {
    const { result, port } = await lookup(() => ({ rcode }), { port: 80 });
    expect(result).toEqual({ kind: "failed", fault: `A of web.example at 127.0.0.1:${port}: ${said}` });
  });

  test("garbage, or nothing at all, asked twice", async () => {
    const { result, questions } = await lookup(() => new Uint8Array([1, 2, 3]), { port: 80 });
    expect(result).toMatchObject({
      kind: "failed",
      fault: expect.stringContaining("no answer within 2000 ms"),
    });
    expect(questions).toHaveLength(2);
  });

  test.each([
    ["where nobody listens", { hostname: "127.0.0.1", port: 1 }, "ECONNREFUSED"],
    ["that the system lets nobody ask", { hostname: "255.255.255.255", port: 53 }, "EACCES"],
    ["that is no address", { hostname: "fe80::1%none", port: 53 }, "ENOTFOUND"],
  ])("a server %s, and the next one is asked", async (_what, server, code) => {
    const good = stoppedLater(await DnsServerFixture.start(() => ({ answers: [a(1)] })));
    const { signal } = new AbortController();
    const config = { servers: [server], search: [], ndots: 0 };
    expect(await resolve(config, "web", "A", signal)).toContain(code);
    const servers = [server, { hostname: "127.0.0.1", port: good.port }];
    expect(await resolve({ ...config, servers }, "web", "A", signal)).toMatchObject({
      answers: [{ data: { address: "10.0.0.1" } }],
    });
  });

  test("a name without such records is an empty answer", async () => {
    const { result } = await lookup(() => ({}), { port: 80 });
    expect(result).toMatchObject({ kind: "found", targets: [] });
  });
});

test("a server that does not know leaves the question to the next, and the search list is gone through", async () => {
  const broken = stoppedLater(await DnsServerFixture.start(() => ({ rcode: 2 })));
  const good = stoppedLater(
    await DnsServerFixture.start(({ name }) =>
      name === "web.b.example" ? { answers: [a(1)] } : { rcode: 3 },
    ),
  );
  const servers = [broken, good].map(({ port }) => ({ hostname: "127.0.0.1", port }));
  const config = { servers, search: ["a.example", "b.example"], ndots: 1 };
  const resolved = await resolve(config, "web", "A", new AbortController().signal);
  expect(resolved).toMatchObject({ answers: [{ data: { address: "10.0.0.1" } }] });
  expect(broken.questions.map(({ name }) => name)).toEqual(["web.a.example", "web.b.example"]);
});
