import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { startBalancer } from "../balancer.ts";
import { configSchema } from "../config/schema.ts";
import { addressOf, listeningSockets } from "../sockets/listening.ts";
import { watchedBy } from "../sockets/poll.ts";
import { startHoldingOrigin } from "../testing/holding-origin.ts";
import { RawClient } from "../testing/raw-client.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { runOn, stayOn, usableCores } from "./cores.ts";
import { type Death, deathChannel } from "./mortal-worker.fixture.ts";

const mortal = new URL("./mortal-worker.fixture.ts", import.meta.url).href;
const cores = usableCores();
const [first = 0, second = 1] = cores;
const hasTwoCores = cores.length > 1;
/** Since 6.2 a core counts where several sockets listen on one port. */
const isSteered = hasTwoCores && Bun.semver.satisfies(`${/^\d+\.\d+/.exec(release())?.[0]}.0`, ">=6.2.0");
/** So many that a hash of their addresses spreads them over both workers. */
const manyClients = 24;

const opened = stopAfterEach();

/** Two pinned workers: an edge, or a relay of TCP. */
async function start(kind: "wire" | "serve" | "tcp") {
  const { origin } = opened(await startHoldingOrigin());
  const lines: string[] = [];
  const serving =
    kind === "tcp"
      ? { protocol: "tcp", group: "g" }
      : { protocol: "http", edge: kind, routes: [{ group: "g" }] };
  const url = kind === "tcp" ? origin.url.replace("http:", "tcp:") : origin.url;
  const config = configSchema.parse({
    listeners: [{ name: "a", listen: "127.0.0.1:0", ...serving }],
    groups: { g: { health: false, targets: [{ id: "t", url }] } },
    workers: 2,
    pinWorkers: true,
  });
  const balancer = opened(await startBalancer(config, (line) => lines.push(line), mortal));
  return { lines, port: Number(/:(\d+)$/.exec(balancer.listeners[0]?.url ?? "")?.[1]) };
}

/** The cores of each worker thread of this process. */
function coresOfWorkers(): readonly string[] {
  return readdirSync("/proc/self/task")
    .map((thread) => readFileSync(`/proc/self/task/${thread}/status`, "utf8"))
    .filter((status) => status.startsWith("Name:\tWorker\n"))
    .map((status) => /^Cpus_allowed_list:\t(.*)$/m.exec(status)?.[1] ?? "")
    .sort();
}

/** How many connections to the port each event loop of this process has, of those that have any. */
function connectionsByLoop(port: number): readonly number[] {
  const listening = new Set(listeningSockets().map(({ fd }) => fd));
  const isAccepted = (fd: number) => !listening.has(fd) && addressOf(fd, "getsockname")?.port === port;
  const accepted = readdirSync("/proc/self/fd").map((name) => watchedBy(Number(name)).filter(isAccepted));
  // The same loop may be there under several descriptors.
  const loops = new Map(accepted.map((fds) => [fds.join(), fds.length]));
  return [...loops.values()].filter((count) => count > 0);
}

/** Connects from that core, as many times as there are to be clients. */
async function connectFrom(core: number, port: number): Promise<void> {
  runOn([core]);
  try {
    for (let connected = 0; connected < manyClients; connected++) {
      const client = await RawClient.connect(port);
      opened({ stop: () => void client.socket.destroy() });
      await client.ask("GET", "/");
    }
  } finally {
    runOn(cores);
  }
}

test("what this thread runs on is what it was told", () => {
  try {
    runOn([first]);
    expect(usableCores()).toEqual([first]);
  } finally {
    runOn(cores);
  }
  expect(usableCores()).toEqual(cores);
});

test("a core that is not there keeps nobody from serving", () => {
  const lines: string[] = [];
  expect(stayOn(8191, (line) => lines.push(line))).toBeFalse();
  expect(lines).toEqual(["can't be kept to core 8191, and runs on any: EINVAL: sched_setaffinity"]);
  expect(usableCores()).toEqual(cores);
});

test.skipIf(!hasTwoCores)(
  "each worker stays on a core of its own, one that takes a dead one's place too",
  async () => {
    const { lines } = await start("wire");
    expect(coresOfWorkers()).toEqual([String(first), String(second)]);
    const channel = new BroadcastChannel(deathChannel);
    channel.postMessage({ thread: 2, how: "exit" } satisfies Death);
    channel.close();
    await until("another serves", () => lines.includes("worker 2 serves again"));
    await until("the dead one is gone", () => coresOfWorkers().length === 2);
    expect(coresOfWorkers()).toEqual([String(first), String(second)]);
  },
);

test.skipIf(!isSteered).each(["wire", "serve", "tcp"] as const)(
  "a worker has the connections whose packets come in on its core: %s",
  async (kind) => {
    const { port } = await start(kind);
    await connectFrom(first, port);
    expect(connectionsByLoop(port)).toEqual([manyClients]);
    await connectFrom(second, port);
    expect(connectionsByLoop(port)).toEqual([manyClients, manyClients]);
  },
);
