import { expect, test } from "bun:test";
import type { Target } from "../../cluster/target.ts";
import { EdgeFixture } from "../../testing/edge-fixture.ts";
import { startHoldingOrigin } from "../../testing/holding-origin.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { until } from "../../testing/until.ts";
import { startWireEdge } from "../wire/wire-edge.ts";

const opened = stopAfterEach();

/** A target that answers with its name; at `/held` only when it is told to. */
async function startOrigin(name: string) {
  const { origin, held } = opened(await startHoldingOrigin(name));
  return { origin, held, url: origin.url };
}

async function start(group: object = {}) {
  const first = await startOrigin("first");
  const fixture = EdgeFixture.start(startWireEdge, { targets: [first.url], group });
  opened(fixture);
  const service = fixture.service("g");
  const ask = async (path = "/") => {
    const client = await fixture.client();
    return (await client.ask("GET", path)).body.toString();
  };
  return { first, fixture, service, ask };
}

const memberOf = (targets: readonly Target[], id: string) => {
  const found = targets.find((target) => target.id === id);
  if (found === undefined) throw new Error(`no target ${id}`);
  return found;
};

test("a target that comes takes its turn, and is checked", async () => {
  const { service, ask } = await start({ health: undefined });
  const second = await startOrigin("second");
  const added = service.watched.add({ id: "s", url: second.url, weight: 1 });
  await until("it is checked", () => added.state === "healthy");
  expect(new Set([await ask(), await ask()])).toEqual(new Set(["first", "second"]));
});

test("a target that goes answers what it has, gets nothing more, and loses its connections", async () => {
  const { service, fixture, ask, first } = await start();
  const second = await startOrigin("second");
  service.watched.add({ id: "s", url: second.url, weight: 1 });
  const open = ask("/held");
  await until("it is at the first", () => first.held.length === 1);
  service.watched.remove(memberOf(service.group.targets, "t0"));
  expect([await ask(), await ask(), await ask()]).toEqual(["second", "second", "second"]);
  first.held[0]?.();
  expect(await open).toBe("first");
  await until("its connections are closed", () => first.origin.open === 0);
  expect(fixture.service("g").group.targets.map(({ id }) => id)).toEqual(["s"]);
});

test("with least-load a target that comes is asked for its load, one that goes no more", async () => {
  const { service, first } = await start({ policy: { name: "least-load", interval: "1ms" } });
  const second = await startOrigin("3.5");
  const added = service.watched.add({ id: "s", url: second.url, weight: 1 });
  await until("it has said its load", () => added.loadReport.exists);
  expect(added.loadReport.load).toBe(3.5);
  service.watched.remove(added);
  await until("its connections are closed", () => second.origin.open === 0);
  const [asked, askedOther] = [second.origin.requests.length, first.origin.requests.length];
  await until("the other one is asked on", () => first.origin.requests.length > askedOther + 5);
  expect(second.origin.requests.length).toBe(asked);
});
