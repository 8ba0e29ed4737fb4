import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBalancer } from "../balancer.ts";
import { parseConfig } from "../config/load.ts";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { createAuthority, issue } from "../testing/certificates.ts";
import { okWith, RawOrigin } from "../testing/raw-origin.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { Takeovers } from "../testing/takeovers.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const opened = stopAfterEach();

async function setUp(workers: number) {
  const directory = mkdtempSync(join(tmpdir(), "ballast-http3-"));
  opened({ stop: () => rmSync(directory, { recursive: true }) });
  const tls = { cert: join(directory, "c.pem"), key: join(directory, "k.pem") };
  const authority = await createAuthority();
  const renew = async () => {
    const { cert, key } = await issue(authority, "localhost");
    writeFileSync(tls.cert, cert);
    writeFileSync(tls.key, key);
  };
  await renew();
  const origin = await RawOrigin.start((_request, connection) => connection.send(okWith("hi")));
  opened({ stop: () => origin.stop() });
  const port = unusedPort();
  const listener = {
    name: "a",
    protocol: "http",
    listen: `127.0.0.1:${port}`,
    tls,
    routes: [{ group: "g" }],
  };
  const groups = { g: { health: false, targets: [{ url: origin.url }] } };
  const configWith = (more: object) => ({ listeners: [{ ...listener, ...more }], groups, workers });
  return { port, renew, configWith, originAddress: `127.0.0.1:${origin.port}` };
}

/** Over a connection of its own. */
function ask(port: number, protocol: "http3" | "http1.1"): Promise<Response> {
  return fetch(`https://127.0.0.1:${port}/`, {
    protocol,
    tls: { rejectUnauthorized: false },
    keepalive: false,
    signal: AbortSignal.timeout(800),
  });
}

async function answers(port: number): Promise<boolean> {
  const text = await ask(port, "http3").then(
    (response) => response.text(),
    () => "none",
  );
  return text === "hi";
}

async function isAnnounced(port: number): Promise<boolean> {
  const { headers } = await ask(port, "http1.1");
  return (headers.get("alt-svc") ?? "").startsWith(`h3=":${port}"`);
}

/** The status of the answer to a POST of two bytes. */
async function postOver(session: ClientHttp2Session): Promise<number | undefined> {
  const stream = session.request({ ":method": "POST", ":path": "/" });
  stream.end("hi");
  const [headers] = await once(stream, "response");
  return headers[":status"];
}

describe.each([1, 2])("HTTP/3 with %p workers", (workers) => {
  async function start(more: object) {
    const { configWith, ...rest } = await setUp(workers);
    const load = (other: object) => parseConfig(JSON.stringify(configWith(other)), "lb.json");
    const loaded = load(more);
    if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
    const balancer = await startBalancer(loaded.config, () => {});
    opened({ stop: () => balancer.stop() });
    const reload = async (other: object) =>
      expect(await balancer.reload(load(other), "test")).toMatchObject({ ok: true });
    /** A second listener can't have its port. */
    const refusedReload = async (other: object) => {
      const config = configWith(other);
      const taken = { name: "b", protocol: "tcp", listen: rest.originAddress, group: "t" };
      const groups = { ...config.groups, t: { targets: [{ url: "tcp://127.0.0.1:1" }] } };
      const listeners = [...config.listeners, taken];
      const next = parseConfig(JSON.stringify({ ...config, listeners, groups }), "lb.json");
      expect(await balancer.reload(next, "test")).toMatchObject({ ok: false });
    };
    return { ...rest, reload, refusedReload };
  }

  test("is served on and announced after its certificate has changed, each time", async () => {
    const { port, renew, reload } = await start({ http3: true });
    expect(await answers(port)).toBe(true);
    for (let i = 0; i < 2; i++) {
      await renew();
      await reload({ http3: true });
      await until("it answers", () => answers(port));
      expect(await isAnnounced(port)).toBe(true);
    }
    for (let i = 0; i < 10; i++) expect(await answers(port)).toBe(true);
  }, 20_000);

  test("is served on when one reload comes upon another, and one of them is refused", async () => {
    const { port, renew, reload, refusedReload } = await start({ http3: true });
    await renew();
    await reload({ http3: true });
    await renew();
    await refusedReload({ http3: true });
    await reload({ http3: true, idleTimeout: "50s" });
    await until("it answers", () => answers(port));
    // The servers of before have gone by then.
    await Bun.sleep(1000);
    for (let i = 0; i < 5; i++) expect(await answers(port)).toBe(true);
  }, 20_000);

  test("and HTTP/2 keep their connections when all but certificates and idleTimeout changes", async () => {
    const { port, reload } = await start({ http2: true, http3: true });
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    opened({ stop: () => session.destroy() });
    expect(await postOver(session)).toBe(200);
    await reload({ http2: true, http3: true, maxBodyBytes: 1, maxFields: 50, rateLimit: { requests: 99 } });
    expect(await postOver(session)).toBe(413);
    expect([session.closed, session.destroyed]).toEqual([false, false]);
  });

  test("comes and goes by a reload", async () => {
    const { port, reload } = await start({});
    await reload({ http3: true });
    await until("it answers", () => answers(port));
    expect(await isAnnounced(port)).toBe(true);
    await reload({});
    await until("it answers no more", async () => !(await answers(port)), 10_000);
    expect(await isAnnounced(port)).toBe(false);
  }, 20_000);
});

test.each([1, 2])(
  "HTTP/3 is the next process's after a takeover, with %p workers",
  async (workers) => {
    const { port, configWith } = await setUp(workers);
    const { balancer } = await BalancerProcess.serve(configWith({ http3: true }));
    opened({ stop: () => balancer.stop() });
    expect(await answers(port)).toBe(true);
    const takeovers = new Takeovers(balancer, "listener a on");
    opened({ stop: () => takeovers.stop() });
    await takeovers.next();
    await takeovers.settled();
    await until("it answers", () => answers(port));
    for (let i = 0; i < 10; i++) expect(await answers(port)).toBe(true);
    expect(await isAnnounced(port)).toBe(true);
  },
  30_000,
);
