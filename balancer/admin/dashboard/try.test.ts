import { expect, test } from "bun:test";
import { startBalancer } from "../../balancer.ts";
import { parseConfig } from "../../config/load.ts";
import type { TryAnswer } from "../../observe/try-messages.ts";
import { okWith, RawOrigin } from "../../testing/raw-origin.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { unusedPort } from "../../testing/unused-port.ts";

const started = stopAfterEach();

/** A balancer with two targets; `more` goes into the group. */
async function start(more: object = {}, workers = 1, contents = ["a", "b"]) {
  const origins = await Promise.all(
    contents.map((text) => RawOrigin.start((_, connection) => connection.send(okWith(text)))),
  );
  for (const origin of origins) started(origin);
  const text = JSON.stringify({
    listeners: [
      {
        name: "web",
        protocol: "http",
        listen: "127.0.0.1:0",
        routes: [{ path: "/app", group: "g", stripPrefix: true }],
      },
    ],
    groups: {
      g: {
        policy: "round-robin",
        health: false,
        targets: origins.map(({ url }, index) => ({ id: `t${index}`, url })),
        ...more,
      },
    },
    admin: { listen: "127.0.0.1:0" },
    workers,
  });
  const loaded = parseConfig(text, "lb.json");
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  const balancer = started(await startBalancer(loaded.config, () => {}));
  const send = (request: object) =>
    fetch(`${balancer.admin}/try`, { method: "POST", body: JSON.stringify(request) });
  const ask = async (path: string): Promise<TryAnswer> =>
    (await send({ listener: "web", method: "GET", path, host: "example.com" })).json() as Promise<TryAnswer>;
  return { origins, balancer, send, ask };
}

test.each([1, 2])(
  "with %d workers, the choice and its answer are told, and targets get what clients send",
  async (workers) => {
    const { ask, origins } = await start({}, workers);
    const answers = [await ask("/app/x?y"), await ask("/app/x?y")];
    expect(answers.map(({ target }) => target).sort()).toEqual(["t0", "t1"]);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        group: "g",
        policy: "round-robin",
        status: 200,
        attempts: 1,
        isCut: false,
      });
      expect(answer.content).toBe(answer.target === "t0" ? "a" : "b");
      expect(answer.candidates.map(({ id, inFlight }) => [id, inFlight])).toEqual([
        ["t0", 0],
        ["t1", 0],
      ]);
      expect(answer.candidates.filter(({ isChosen }) => isChosen).map(({ id }) => id)).toEqual([
        answer.target ?? "",
      ]);
    }
    expect(origins[0]?.requests[0]).toMatchObject({ method: "GET", target: "/x?y" });
  },
);

test("what no route takes, and what no target answers, is the balancer's own", async () => {
  const { ask } = await start({ targets: [{ id: "t", url: `http://127.0.0.1:${unusedPort()}` }] });
  expect(await ask("/elsewhere")).toMatchObject({ status: 404, candidates: [], attempts: 0 });
  const refused = await ask("/app");
  expect(refused).toMatchObject({ status: 503, candidates: [{ id: "t", isChosen: true }] });
  expect(refused.target).toBeUndefined();
});

test("of a long answer the beginning is kept", async () => {
  const { ask } = await start({}, 1, ["x".repeat(50_000)]);
  const answer = await ask("/app");
  expect([answer.isCut, answer.content.length]).toEqual([true, 16_384]);
});

test.each([
  [
    { listener: "none", method: "GET", path: "/", host: "h" },
    'found listener "none", expected one that speaks HTTP: web',
  ],
  [{ listener: "web", method: "GET", path: "no", host: "h" }, 'expected a path that begins with "/"'],
  [{ listener: "web", method: "GET", path: "/a b", host: "h" }, "expected a path"],
  [{ listener: "web", method: "G\r\nX: y", path: "/", host: "h" }, "expected a method such as GET"],
  [{ listener: "web", method: "GET", path: "/", host: "h\r\nx: y" }, "expected a host"],
])("%j is refused with a reason", async (request, reason) => {
  const { send } = await start();
  const response = await send(request);
  expect([response.status, await response.text()]).toEqual([422, expect.stringContaining(reason)]);
});
