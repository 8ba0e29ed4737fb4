import { describe, expect, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBalancer } from "../balancer.ts";
import { parseConfig } from "../config/load.ts";
import type { StatusDocument } from "../observe/status.ts";
import { okWith, RawOrigin } from "../testing/raw-origin.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";

const stoppedLater = stopAfterEach();

async function startTarget(answer: string): Promise<string> {
  const origin = stoppedLater(await RawOrigin.start((_, connection) => connection.send(okWith(answer))));
  return `127.0.0.1:${origin.port}`;
}

async function start(workers: number) {
  const directory = mkdtempSync(join(tmpdir(), "ballast-discovery-reload-"));
  stoppedLater({ stop: () => rmSync(directory, { recursive: true, force: true }) });
  const list = (name: string, ...addresses: readonly string[]) => {
    const path = join(directory, name);
    writeFileSync(`${path}.new`, `${addresses.join("\n")}\n`);
    renameSync(`${path}.new`, path);
    return { provider: "file", path, interval: "20ms" };
  };
  const listener = {
    name: "a",
    protocol: "http",
    listen: "127.0.0.1:0",
    status: "/status",
    routes: [{ group: "g" }],
  };
  const load = (group: object, more: object = {}) =>
    parseConfig(
      JSON.stringify({ workers, listeners: [listener], groups: { g: { health: false, ...group } }, ...more }),
      "lb.json",
    );
  const begin = async (group: object) => {
    const loaded = load(group);
    if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
    const balancer = stoppedLater(await startBalancer(loaded.config, () => {}));
    const url = balancer.listeners[0]?.url ?? "";
    const targets = async () => {
      const status = (await (await fetch(`${url}/status`, { keepalive: false })).json()) as StatusDocument;
      return status.groups.g?.targets ?? [];
    };
    return {
      reload: async (next: object, more?: object) => (await balancer.reload(load(next, more), "test")).ok,
      ask: async () => (await fetch(url, { keepalive: false })).text(),
      targets,
      untilFound: (...ids: readonly string[]) =>
        until(`found: ${ids}`, async () => String((await targets()).map(({ id }) => id)) === String(ids)),
    };
  };
  return { list, begin };
}

describe.each([1, 2])("a reload with %p workers and a file that lists targets", (workers) => {
  test("keeps those that are found in the same way as they are, and follows the file on", async () => {
    const { list, begin } = await start(workers);
    const [one, two] = [await startTarget("one"), await startTarget("two")];
    const discovery = list("t", one);
    const { reload, ask, targets, untilFound } = await begin({ discovery });
    for (let i = 0; i < 5; i++) expect(await ask()).toBe("one");
    expect(await reload({ discovery, policy: "random" })).toBe(true);
    expect(await targets()).toMatchObject([{ id: one, requests: 5, state: "healthy" }]);
    list("t", two);
    await untilFound(two);
    await until("it is asked", async () => (await ask()) === "two");
  });

  test("that finds them elsewhere has those from its first moment, and forgets the former place", async () => {
    const { list, begin } = await start(workers);
    const [one, two] = [await startTarget("one"), await startTarget("two")];
    const { reload, ask, untilFound } = await begin({ discovery: list("t", one) });
    expect(await reload({ discovery: list("u", two) })).toBe(true);
    await until("it is asked", async () => (await ask()) === "two");
    list("t", one, two);
    const three = await startTarget("three");
    list("u", two, three);
    await untilFound(two, three);
  });

  test("takes discovery away, and brings it back", async () => {
    const { list, begin } = await start(workers);
    const [one, two] = [await startTarget("one"), await startTarget("two")];
    const discovery = list("t", one);
    const { reload, ask, untilFound } = await begin({ discovery });
    expect(await reload({ targets: [{ id: "fixed", url: `http://${two}` }] })).toBe(true);
    await untilFound("fixed");
    await until("it is asked", async () => (await ask()) === "two");
    expect(await reload({ discovery })).toBe(true);
    await untilFound(one);
  });

  test("that is refused leaves it as it was", async () => {
    const { list, begin } = await start(workers);
    const [one, two] = [await startTarget("one"), await startTarget("two")];
    const discovery = list("t", one);
    const { reload, ask, untilFound } = await begin({ discovery });
    const taken = { name: "b", protocol: "tcp", listen: one, group: "h" };
    const g = { discovery: list("u", two) };
    const more = { listeners: [taken], groups: { g, h: { targets: [{ url: `tcp://${two}` }] } } };
    expect(await reload({}, more)).toBe(false);
    expect(await ask()).toBe("one");
    list("t", one, two);
    await untilFound(one, two);
  });
});
