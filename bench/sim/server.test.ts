import { expect, test } from "bun:test";
import { seededRandom } from "../../balancer/cluster/random.ts";
import { VirtualClock } from "../../balancer/cluster/virtual-clock.ts";
import { type Reply, SimServer } from "./server.ts";

/** A server of 10 ms a request, and the replies it gives, each with its time. */
function setUp(workers: number) {
  const clock = new VirtualClock();
  const model = { workers, meanMs: 10, service: "constant", weight: 1, probeSlowness: 1 } as const;
  const server = new SimServer("s", model, clock, seededRandom(1));
  const replies: string[] = [];
  const note = (reply: Reply) => {
    const what = reply.kind === "answered" ? `${reply.status}` : reply.kind;
    replies.push(`${what}@${clock.now()}`);
  };
  return { clock, server, replies, note };
}

test("workers work side by side, the others queue", () => {
  const { clock, server, replies, note } = setUp(2);
  for (let i = 0; i < 3; i++) server.request(note);
  expect(server.inSystem).toBe(3);
  clock.run();
  expect(replies).toEqual(["200@10", "200@10", "200@20"]);
  expect([server.inSystem, server.workedMs]).toEqual([0, 30]);
});

test("a slowdown holds for what is begun during it", () => {
  const { clock, server, replies, note } = setUp(1);
  server.request(note);
  server.slowdown = 5;
  server.request(note);
  clock.run();
  expect(replies).toEqual(["200@10", "200@60"]);
});

test("going down loses what is there and refuses what comes, until it is up again", () => {
  const { clock, server, replies, note } = setUp(1);
  server.request(note);
  server.request(note);
  clock.advance(5);
  server.goDown();
  server.request(note);
  clock.advance(5);
  server.comeUp();
  server.request(note);
  clock.run();
  expect(replies).toEqual(["reset@5", "reset@5", "refused@5.5", "200@20"]);
});

test("failing answers at once, but not to probes", () => {
  const { clock, server, replies, note } = setUp(1);
  server.failing = { status: 503, share: 1 };
  server.request(note);
  server.probe(0.1, note);
  clock.run();
  expect(replies).toEqual(["503@0.5", "200@1"]);
});

test("a long queue is worked off in order", () => {
  const { clock, server } = setUp(1);
  const order: number[] = [];
  for (let i = 0; i < 5000; i++) server.request(() => order.push(i));
  clock.run();
  expect(order).toEqual(Array.from({ length: 5000 }, (_, i) => i));
});
