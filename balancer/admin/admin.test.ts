import { expect, test } from "bun:test";
import type { Balancer } from "../balancer.ts";
import { parseConfig } from "../config/load.ts";
import { okWith, RawOrigin } from "../testing/raw-origin.ts";
import { startFromConfig } from "../testing/started-balancer.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";

const opened = stopAfterEach();

/** `more`: keys of lb.json besides a listener and its group. */
async function start(
  more: object,
  respond = okWith("hi"),
): Promise<Balancer & { readonly origin: RawOrigin }> {
  const origin = await RawOrigin.start((_request, connection) => connection.send(respond));
  opened(origin);
  const balancer = await startFromConfig({
    listeners: [
      {
        name: "public",
        protocol: "http",
        listen: "127.0.0.1:0",
        status: "/status",
        routes: [{ group: "g" }],
      },
    ],
    groups: { g: { health: false, targets: [{ id: "t", url: origin.url }] } },
    ...more,
  });
  opened(balancer);
  return { ...balancer, origin };
}

test.each([1, 2])("with %d workers, /status is that of the listeners", async (workers) => {
  const { admin, listeners } = await start({ workers, admin: { listen: "127.0.0.1:0" } });
  await (await fetch(`${listeners[0]?.url}/`)).text();
  const seen = await until("the request is counted", async () => {
    const document = (await (await fetch(`${admin}/status`)).json()) as object;
    return JSON.stringify(document).includes('"requests":1') && document;
  });
  const shown = (await (await fetch(`${listeners[0]?.url}/status`)).json()) as object;
  expect(seen).toMatchObject({ groups: { g: { targets: [{ id: "t", requests: 1, inFlight: 0 }] } } });
  const anyTime = (text: string) => text.replaceAll(/"(uptimeSeconds|score|ewmaMs)":[\d.]+/g, '"$1":0');
  expect(anyTime(JSON.stringify(seen))).toBe(anyTime(JSON.stringify(shown)));
});

test("what is not in its table is told apart, in a line", async () => {
  const { admin } = await start({ admin: { listen: "127.0.0.1:0" } });
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${admin}${path}`, init);
    return [response.status, await response.text()];
  };
  expect(await ask("/healthz")).toEqual([200, "ok\n"]);
  expect(await ask("/healthz", { method: "POST" })).toEqual([405, "found POST, expected GET\n"]);
  expect(await ask("/nothing")).toEqual([
    404,
    expect.stringMatching(/^no \/nothing here; there are \/healthz, /),
  ]);
  expect(await ask("/status", { headers: { host: "evil.example" } })).toEqual([
    403,
    'found Host "evil.example", expected localhost or a loopback address\n',
  ]);
});

test("/healthz turns away from a balancer that drains, and the port closes with it", async () => {
  const { admin, listeners, origin, drain } = await start({ admin: { listen: "127.0.0.1:0" } }, "");
  const asked = fetch(`${listeners[0]?.url}/slow`);
  await until("the target has the request", () => origin.requests.length === 1);
  const drained = drain();
  const health = await fetch(`${admin}/healthz`);
  expect([health.status, await health.text()]).toEqual([503, "draining\n"]);
  origin.stop();
  await Promise.all([asked.catch(() => {}), drained]);
  expect(fetch(`${admin}/healthz`)).rejects.toThrow();
});

test("a port that is taken stops the start, and leaves nothing open", async () => {
  const { origin } = await start({});
  const taken = start({ admin: { listen: `127.0.0.1:${origin.port}` } });
  expect(taken).rejects.toThrow(`admin: can't listen on 127.0.0.1:${origin.port}: `);
});

test("a port is not shared with a program that would allow it, such as another balancer", async () => {
  const { admin = "" } = await start({ admin: { listen: "127.0.0.1:0" } });
  const { port } = new URL(admin);
  const second = start({ admin: { listen: `127.0.0.1:${port}` } });
  expect(second).rejects.toThrow(`admin: can't listen on 127.0.0.1:${port}: `);
});

test.each([
  ["0.0.0.0:9900", undefined, '"0.0.0.0:9900", which other machines reach, without `token`'],
  [":9900", undefined, '":9900", which other machines reach, without `token`'],
  ["[::]:9900", undefined, '"[::]:9900", which other machines reach, without `token`'],
  ["0.0.0.0:9900", "secret", undefined],
  ["127.0.0.2:9900", undefined, undefined],
  ["[::1]:9900", undefined, undefined],
  ["localhost:9900", undefined, undefined],
])("admin on %s with token %p: fault %p", (listen, token, found) => {
  const listeners = [{ name: "a", protocol: "http", listen: ":1", routes: [{ group: "g" }] }];
  const groups = { g: { targets: [{ url: "http://127.0.0.1:2" }] } };
  const text = JSON.stringify({ listeners, groups, admin: { listen, ...(token && { token }) } });
  const loaded = parseConfig(text, "lb.json");
  expect(loaded.ok ? undefined : loaded.faults).toEqual(
    found === undefined
      ? undefined
      : [
          `lb.json:1:${text.indexOf('"listen":', text.indexOf('"admin"')) + 1}: admin.listen: found ${found}, expected a loopback address such as "127.0.0.1:9900", or \`token\` beside it`,
        ],
  );
});
