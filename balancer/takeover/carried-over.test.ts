import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ControlClient, registering, successful } from "../control/control.fixture.ts";
import type { StatusDocument } from "../observe/status.ts";
import { openClient, startEcho } from "../stream/udp.fixture.ts";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { isRefused } from "../testing/is-refused.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { Takeovers } from "../testing/takeovers.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const backendMain = join(import.meta.dir, "..", "..", "backend", "main.ts");

const opened = stopAfterEach();

/** A balancer on fixed ports, as a process that others can follow. */
async function start(more: object = {}) {
  const [adminPort, controlPort] = [unusedPort(), unusedPort()];
  const { balancer } = await BalancerProcess.serve({
    listeners: [],
    groups: {},
    control: { listen: `127.0.0.1:${controlPort}`, bind: "127.0.0.1", registerTimeout: "2s" },
    admin: { listen: `127.0.0.1:${adminPort}` },
    drainTimeout: "5s",
    ...more,
  });
  opened({ stop: () => balancer.stop() });
  const admin = `http://127.0.0.1:${adminPort}`;
  await until("it serves", () => balancer.stdout.includes("admin on"));
  // Each on a connection of its own: a former one may lead to the process before.
  const ask = (path: string, method = "GET") => fetch(`${admin}${path}`, { method, keepalive: false });
  const status = async () => (await ask("/status")).json() as Promise<StatusDocument>;
  const takeovers = new Takeovers(balancer, "admin on");
  opened({ stop: () => takeovers.stop() });
  return { balancer, ask, controlPort, status, takeovers };
}

const serversOf = ({ control }: StatusDocument) =>
  control?.ports.flatMap(({ protocol, servers }) =>
    servers.map(({ id, connections }) => `${protocol} ${id} ${connections}`),
  );

/** Asks one after the other on connections of their own; gives what was no answer by the named server. */
function askWithoutEnd(port: number, id: string) {
  const faults: string[] = [];
  let isOver = false;
  let answered = 0;
  const asking = (async () => {
    while (!isOver) {
      const options = { headers: { connection: "close" }, signal: AbortSignal.timeout(3000) };
      const text = await fetch(`http://127.0.0.1:${port}/`, options).then(
        (response) => response.text(),
        (error: Error) => `${error.name} ${error.message}`,
      );
      answered++;
      if (!text.includes(id)) faults.push(text);
    }
  })();
  return {
    more: async (count: number) => {
      const wanted = answered + count;
      await until("more answers", () => answered >= wanted);
    },
    async end() {
      isOver = true;
      await asking;
      return faults;
    },
  };
}

describe("what servers have registered", () => {
  test.each(["tcp", "api"])(
    "%s: clients notice nothing, and the server is the next one's",
    async (protocol) => {
      const { controlPort, status, takeovers } = await start();
      const port = unusedPort();
      const args = ["--id", "i-1", "--host", "127.0.0.2", "--port", String(port), "--protocol", protocol];
      const server = Bun.spawn(
        [process.execPath, backendMain, ...args, "--register", `127.0.0.1:${controlPort}`],
        { stdio: ["ignore", "ignore", "ignore"] },
      );
      opened({ stop: () => server.kill("SIGKILL") });
      await until("it is registered", async () => serversOf(await status())?.includes(`${protocol} i-1 1`));
      const clients = askWithoutEnd(port, "i-1");
      await clients.more(20);
      for (let i = 0; i < 2; i++) {
        await takeovers.next();
        await clients.more(50);
        await until("it has registered again", async () => {
          return serversOf(await status())?.includes(`${protocol} i-1 1`);
        });
      }
      expect(await clients.end()).toEqual([]);
    },
    40_000,
  );

  test("datagrams reach the server throughout", async () => {
    const { controlPort, status, takeovers } = await start();
    const port = unusedPort();
    const echo = await startEcho("u ", { hostname: "127.0.0.2", port });
    opened({ stop: () => echo.close() });
    const server = await ControlClient.connect(controlPort, "127.0.0.2");
    expect(await server.ask(registering(port, { protocol: "udp", id: "u-1" }))).toEqual(successful);
    const client = await openClient(port);
    opened({ stop: () => client.close() });
    expect(await client.ask("1")).toBe("u 1");
    await takeovers.next();
    for (let i = 0; i < 20; i++) expect(await client.ask(String(i))).toBe(`u ${i}`);
    await server.closed();
    expect(serversOf(await status())?.[0]).toStartWith("udp u-1");
  }, 20_000);

  test("a server that does not come again is taken out, and its port closed", async () => {
    const { balancer, controlPort, status, takeovers } = await start();
    const port = unusedPort();
    const server = await ControlClient.connect(controlPort, "127.0.0.2");
    await server.ask(registering(port));
    await takeovers.next();
    await server.closed();
    expect(await isRefused(port)).toBe(false);
    await until("it is gone", async () => (await status()).control?.ports.length === 0);
    expect(balancer.stderr).toContain(`tcp/${port}: server 127.0.0.2:${port} gone: did not register again`);
    await until("the port is closed", () => isRefused(port));
  }, 20_000);

  test("who comes in other words counts by those, and who may not come any more is left behind", async () => {
    const { balancer, controlPort, status, takeovers } = await start();
    const [one, two] = [unusedPort(), unusedPort()];
    const server = await ControlClient.connect(controlPort, "127.0.0.2");
    await server.ask(registering(one, { id: "a", weight: 2 }));
    await server.ask(registering(two));
    const file = join(balancer.directory, "lb.json");
    const config = await Bun.file(file).json();
    await Bun.write(file, JSON.stringify({ ...config, control: { ...config.control, ports: `${one}` } }));
    await takeovers.next();
    await server.closed();
    expect(serversOf(await status())).toEqual(["tcp a 0"]);
    const again = await ControlClient.connect(controlPort, "127.0.0.2");
    opened({ stop: () => again.socket.destroy() });
    expect(await again.ask(registering(one, { id: "b", weight: 3 }))).toEqual(successful);
    expect(serversOf(await status())).toEqual(["tcp b 1"]);
    expect(balancer.stderr).toContain(`tcp/${two}: 127.0.0.2 is not taken over: port: found ${two}`);
    await until("its port is closed", () => isRefused(two));
  }, 20_000);
});

test("a target that an operator has taken out stays out, with several workers too", async () => {
  const servers = [2, 3].map((n) => {
    const hostname = `127.0.0.${n}`;
    const server = Bun.serve({ hostname, port: 0, fetch: () => new Response(hostname) });
    opened({ stop: () => server.stop(true) });
    return { id: `t-${n}`, url: `http://${hostname}:${server.port}` };
  });
  const port = unusedPort();
  const listeners = [{ name: "a", protocol: "http", listen: `127.0.0.1:${port}`, routes: [{ group: "g" }] }];
  const groups = { g: { policy: "round-robin", targets: servers } };
  const { ask, status, takeovers, balancer } = await start({ listeners, groups });
  expect((await ask("/groups/g/targets/t-2/drain", "POST")).status).toBe(200);
  const answer = async () => (await fetch(`http://127.0.0.1:${port}/`, { keepalive: false })).text();
  const file = join(balancer.directory, "lb.json");
  await Bun.write(file, JSON.stringify({ ...(await Bun.file(file).json()), workers: 2 }));
  for (let i = 0; i < 2; i++) {
    await takeovers.next();
    expect((await status()).groups.g?.targets.map(({ state }) => state)[0]).toBe("draining");
    for (let j = 0; j < 10; j++) expect(await answer()).toBe("127.0.0.3");
  }
  expect((await ask("/groups/g/targets/t-2/enable", "POST")).status).toBe(200);
  await until("it is asked again", async () => (await answer()) === "127.0.0.2");
}, 40_000);
