import { expect, test } from "bun:test";
import { type Balancer, startBalancer } from "../balancer.ts";
import { configSchema } from "../config/schema.ts";
import type { StatusDocument } from "../observe/status.ts";
import { startHoldingOrigin } from "../testing/holding-origin.ts";
import { RawClient } from "../testing/raw-client.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";
import { type Death, deathChannel } from "./mortal-worker.fixture.ts";

const mortal = new URL("./mortal-worker.fixture.ts", import.meta.url).href;
/** So many that both workers are sure to have some. */
const manyClients = 24;

const opened = stopAfterEach();

/** A target that answers when it is told to, for `/held`, and at once else. */
async function startOrigin() {
  const { origin, held } = opened(await startHoldingOrigin());
  return { url: origin.url, held, origin };
}

interface Setup {
  readonly workers?: number;
  readonly group?: object;
  readonly listener?: object;
}

async function start(urls: readonly string[], { workers = 2, group = {}, listener = {} }: Setup = {}) {
  const lines: string[] = [];
  const config = configSchema.parse({
    listeners: [
      {
        name: "a",
        protocol: "http",
        listen: "127.0.0.1:0",
        status: "/status",
        routes: [{ group: "g" }],
        ...listener,
      },
    ],
    groups: {
      g: {
        policy: "least-connections",
        health: false,
        targets: urls.map((url, index) => ({ id: `t${index}`, url })),
        ...group,
      },
    },
    workers,
    drainTimeout: "1s",
  });
  const balancer = await startBalancer(config, (line) => lines.push(line), mortal);
  opened(balancer);
  const port = portOf(balancer);
  return { balancer, port, lines, status: () => statusAt(port) };
}

function portOf({ listeners }: Balancer): number {
  return Number(/:(\d+)$/.exec(listeners[0]?.url ?? "")?.[1]);
}

/** Each time by another connection, and so by whichever worker. */
async function statusAt(port: number) {
  const client = await connect(port);
  const answer = await client.ask("GET", "/status");
  client.close();
  const document = JSON.parse(answer.body.toString()) as StatusDocument;
  return document.groups.g?.targets ?? [];
}

async function connect(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  opened({ stop: () => void client.socket.destroy() });
  return client;
}

function kill(death: Death): void {
  const channel = new BroadcastChannel(deathChannel);
  channel.postMessage(death);
  channel.close();
}

test("least-connections over two workers is never further apart than one", async () => {
  const origins = [await startOrigin(), await startOrigin()];
  const { port, status } = await start(origins.map(({ url }) => url));
  const count = () => origins.map(({ held }) => held.length);
  for (let begun = 1; begun <= manyClients; begun++) {
    (await connect(port)).request("GET", "/held");
    const [one = 0, two = 0] = await until("the request is at a target", () => {
      const [a = 0, b = 0] = count();
      return a + b === begun && [a, b];
    });
    // Counted by each worker for itself, the first of each would go to the same target.
    expect(Math.abs(one - two)).toBeLessThanOrEqual(1);
  }
  expect((await status()).map(({ inFlight }) => inFlight)).toEqual([manyClients / 2, manyClients / 2]);
});

test("/status is the same from every worker, and sums over all", async () => {
  const origin = await startOrigin();
  const { port, status } = await start([origin.url]);
  for (let i = 0; i < manyClients; i++) {
    const client = await connect(port);
    await client.ask("GET", "/");
    await client.ask("GET", "/");
    client.close();
    expect((await status())[0]).toMatchObject({
      requests: 2 * (i + 1),
      failures: 0,
      inFlight: 0,
      state: "healthy",
    });
  }
});

test.each(["throw", "exit"] as const)(
  "a worker that dies (%s) is replaced, and nothing of it is left",
  async (how) => {
    const origin = await startOrigin();
    const { port, lines, status } = await start([origin.url]);
    const clients = await Promise.all(Array.from({ length: manyClients }, () => connect(port)));
    for (const client of clients) client.request("GET", "/held");
    await until("all are at the target", () => origin.held.length === manyClients);

    kill({ thread: 1, how });
    await until("its clients are cut off", () => clients.some((client) => client.isClosed));
    const died = await until("its death is told", () =>
      lines.find((line) => line.startsWith("worker 1 has died")),
    );
    expect(died).toEndWith("another takes its place");
    const left = clients.filter((client) => !client.isClosed).length;
    expect(left).toBeGreaterThan(0);
    expect((await status())[0]).toMatchObject({ inFlight: left, requests: manyClients - left });

    for (const answer of origin.held) answer();
    await until("nothing is in flight", async () => (await status())[0]?.inFlight === 0);
    expect((await status())[0]?.requests).toBe(manyClients);
    if (how === "throw") expect(lines.some((line) => line.includes("asked to die"))).toBeTrue();

    await until("the new one serves", () => lines.includes("worker 1 serves again"));
    const later = await Promise.all(Array.from({ length: manyClients }, () => connect(port)));
    kill({ thread: 2, how });
    await until("the other's clients are cut off", () =>
      lines.some((line) => line.startsWith("worker 2 has died")),
    );
    // The rest is with the new one.
    const [served] = later.filter((client) => !client.isClosed);
    expect((await served?.ask("GET", "/"))?.status).toBe(200);
  },
);

test("a worker that dies again soon is replaced after a pause", async () => {
  const origin = await startOrigin();
  const { lines } = await start([origin.url]);
  const deaths = () => lines.filter((line) => line.startsWith("worker 2 has died"));
  await until("it has died twice", () => {
    kill({ thread: 2, how: "exit" });
    return deaths().length === 2;
  });
  expect(deaths().map((line) => line.endsWith(" in 1 s"))).toEqual([false, true]);
});

test("what the workers meet takes a target out for all of them, after as many failures as with one", async () => {
  const origin = await startOrigin();
  const dead = `http://127.0.0.1:${unusedPort()}`;
  const group = {
    policy: "round-robin",
    health: undefined,
    targets: [
      { id: "t0", url: origin.url },
      { id: "dead", url: dead },
    ],
  };
  const { port, lines, status } = await start([], { group: { ...group, health: false } });
  // One connection a request: failures come from both workers.
  const ask = async () => {
    const client = await connect(port);
    const { status } = await client.ask("GET", "/");
    client.close();
    return status;
  };
  while ((await status())[1]?.state !== "unhealthy") expect(await ask()).toBe(200);
  expect((await status())[1]).toMatchObject({ requests: 3, failures: 3 });
  expect(lines.filter((line) => line.includes("target dead is unhealthy"))).toHaveLength(1);
  for (let i = 0; i < manyClients; i++) expect(await ask()).toBe(200);
  expect((await status())[1]).toMatchObject({ state: "unhealthy", requests: 3 });
});

test("drains all workers, but not for longer than drainTimeout", async () => {
  const origin = await startOrigin();
  const { balancer, port, lines } = await start([origin.url]);
  const clients = await Promise.all(Array.from({ length: manyClients }, () => connect(port)));
  for (const client of clients) client.request("GET", "/held");
  await until("all are at the target", () => origin.held.length === manyClients);
  const drained = balancer.drain();
  await until("new connections are refused", () =>
    RawClient.connect(port).then(
      (client) => client.socket.destroy() && false,
      () => true,
    ),
  );
  const [last, ...others] = origin.held;
  for (const answer of others) answer();
  const answered = await Promise.all(
    clients.map((client) =>
      client.answer().then(
        ({ status }) => status,
        () => "cut off",
      ),
    ),
  );
  await drained;
  expect(last).toBeDefined();
  expect(answered.filter((status) => status === 200)).toHaveLength(manyClients - 1);
  expect(lines).toContain("not drained within 1000 ms: cutting off what is open");
});

test("with one worker no thread is started", async () => {
  const threads: unknown[] = [];
  const count = (worker: unknown) => threads.push(worker);
  process.on("worker", count);
  const origin = await startOrigin();
  const { port } = await start([origin.url], { workers: 1 });
  expect((await (await connect(port)).ask("GET", "/")).status).toBe(200);
  expect(threads).toHaveLength(0);
  await start([origin.url], { workers: 2 });
  expect(threads).toHaveLength(2);
  process.off("worker", count);
});

test("a client's rate and connections are counted over all workers", async () => {
  const { url } = await startOrigin();
  const listener = { rateLimit: { requests: 10, per: "1h" }, maxConnectionsPerClient: 100 };
  const { port } = await start([url], { listener });
  const statuses: number[] = [];
  for (let asked = 0; asked < manyClients; asked++)
    statuses.push((await (await connect(port)).ask("GET", "/")).status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
});

test("workers set and know the same cookies, with a secret that nobody has named", async () => {
  const { url } = await startOrigin();
  const { port } = await start([url], { group: { sticky: { cookie: "route" } } });
  const cookies = new Set<string>();
  for (let asked = 0; asked < manyClients; asked++) {
    const { fields } = await (await connect(port)).ask("GET", "/");
    cookies.add(fields.find(([name]) => name === "set-cookie")?.[1] ?? "none");
  }
  expect(cookies.size).toBe(1);
  expect(cookies.has("none")).toBe(false);
});
