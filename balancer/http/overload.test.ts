import { expect, test } from "bun:test";
import { EdgeFixture } from "../testing/edge-fixture.ts";
import { okWith, RawOrigin } from "../testing/raw-origin.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { startWireEdge } from "./wire/wire-edge.ts";

const workers = 4;
const serviceMs = 10;
/** Each asks again at once: with as many as this the target is asked for over three times what it can do. */
const clientCount = 40;
const warmUpMs = 500;
const measuredMs = 1000;
const mostRounds = 3;
const promisedGoodput = 0.9;

const opened = stopAfterEach();

/** A target with so many workers and a queue without end; tells how much of their time they have worked. */
async function startTarget() {
  const queue: (() => void)[] = [];
  let busy = 0;
  let busyMs = 0;
  let changedAtMs = performance.now();
  const count = (change: number) => {
    const nowMs = performance.now();
    busyMs += busy * (nowMs - changedAtMs);
    changedAtMs = nowMs;
    busy += change;
  };
  const serve = (answer: () => void) => {
    count(1);
    setTimeout(() => {
      count(-1);
      const next = queue.shift();
      if (next !== undefined) serve(next);
      answer();
    }, serviceMs);
  };
  const origin = await RawOrigin.start((_request, connection) => {
    const answer = () => connection.send(okWith("hi"));
    if (busy < workers) serve(answer);
    else queue.push(answer);
  });
  opened(origin);
  const workedMs = () => {
    count(0);
    return busyMs;
  };
  return { origin, workedMs };
}

test("at three times what a target can do it is kept busy, and whoever is taken is answered soon", async () => {
  const { origin, workedMs } = await startTarget();
  const edge = EdgeFixture.start(startWireEdge, {
    targets: [origin.url],
    group: { concurrency: { adaptive: true, min: 4, max: 200 }, maxQueue: 4, queueTimeout: "100ms" },
  });
  opened(edge);
  const startedAtMs = performance.now();
  let isOver = false;
  const latencies: number[] = [];
  let refused = 0;
  const clients = await Promise.all(Array.from({ length: clientCount }, () => edge.client()));
  const asking = clients.map(async (client) => {
    while (!isOver) {
      const askedAtMs = performance.now();
      const { status } = await client.ask("GET", "/");
      if (status === 503) {
        refused++;
        await Bun.sleep(serviceMs);
      } else if (askedAtMs > startedAtMs + warmUpMs) latencies.push(performance.now() - askedAtMs);
    }
  });
  await Bun.sleep(warmUpMs);
  let goodput = 0;
  // What else the machine does can only make a round worse.
  for (let round = 0; round < mostRounds && goodput < promisedGoodput; round++) {
    const [beforeMs, fromMs] = [workedMs(), performance.now()];
    await Bun.sleep(measuredMs);
    goodput = Math.max(goodput, (workedMs() - beforeMs) / (workers * (performance.now() - fromMs)));
  }
  isOver = true;
  await Promise.all(asking);
  latencies.sort((a, b) => a - b);
  expect(goodput).toBeGreaterThanOrEqual(promisedGoodput);
  expect(refused).toBeGreaterThan(clientCount);
  // The queue and what is in flight, with room for a busy machine.
  expect(latencies[Math.floor(latencies.length * 0.99)] ?? 0).toBeLessThan(250);
  await edge.finish();
});
