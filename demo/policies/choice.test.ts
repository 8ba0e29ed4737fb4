import { expect, test } from "bun:test";
import { stopAfterEach } from "../../balancer/testing/stop-after-each.ts";
import { unusedPort } from "../../balancer/testing/unused-port.ts";
import { makeChoice } from "./choice.ts";

const opened = stopAfterEach();

/** Stands in for a balancer of servers A and B; each look at its status shows the next of A's loads, the last one for good. */
function balancer(
  loadsOfA: readonly (number | null)[],
  answer = () => new Response("<h1>hello</h1>"),
): string {
  let looks = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch({ url }) {
      if (!url.endsWith("/status")) return answer();
      const load = loadsOfA[Math.min(looks++, loadsOfA.length - 1)] ?? null;
      const target = { state: "healthy", score: 1, weight: 3, url: "http://a" };
      const targets = [
        { ...target, id: "A", load },
        { ...target, id: "B", load: 7, score: null },
      ];
      return Response.json({ groups: { demo: { policy: "least-load", targets } } });
    },
  });
  opened({ stop: () => server.stop(true) });
  return server.url.origin;
}

const chosen = (id: string) => () => new Response("<h1>hello</h1>", { headers: { "x-ballast-target": id } });

test("says who answered what, and how all servers were", async () => {
  const choice = await makeChoice(balancer([null], chosen("B")), balancer([2.82]));
  expect(choice).toEqual({
    ok: true,
    value: {
      chosen: "B",
      status: 200,
      content: "<h1>hello</h1>",
      servers: [
        { id: "A", state: "healthy", score: 1, weight: 3, loads: [2.82] },
        { id: "B", state: "healthy", score: null, weight: 3, loads: [7] },
      ],
    },
  });
});

test("gives both loads when a report came in between", async () => {
  const choice = await makeChoice(balancer([null], chosen("A")), balancer([null, 90]));
  expect(choice.ok && choice.value.servers.map(({ loads }) => loads)).toEqual([[null, 90], [7]]);
});

test("says so when nobody was chosen", async () => {
  const refused = balancer([1], () => new Response("no target", { status: 503 }));
  const choice = await makeChoice(refused, refused);
  expect(choice).toMatchObject({ ok: true, value: { chosen: undefined, status: 503, content: "no target" } });
});

test("gives the reason when a balancer is gone, or says what is no status", async () => {
  const there = balancer([1]);
  const gone = `http://127.0.0.1:${unusedPort()}`;
  expect(await makeChoice(there, gone)).toEqual({
    ok: false,
    fault: expect.stringMatching(/^no choice could be made: .*connect/i),
  });
  const strange = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({ groups: {} }) });
  opened({ stop: () => strange.stop(true) });
  expect(await makeChoice(there, strange.url.origin)).toEqual({
    ok: false,
    fault: expect.stringContaining("groups.demo"),
  });
});
