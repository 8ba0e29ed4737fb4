import { expect, test } from "bun:test";
import { VirtualClock } from "../../cluster/virtual-clock.ts";
import { LiveFeed, type Reading, type TargetReading } from "./live-feed.ts";
import { historyMs, historyStepMs, type LiveState } from "./live-messages.ts";

const boundsMs = [1, 10, 100];

function target(
  id: string,
  requests: number,
  latencyCounts: readonly number[] = [0, 0, 0, 0],
): TargetReading {
  const url = `http://${id}:80`;
  return {
    id,
    url,
    state: "healthy",
    weight: 1,
    score: 1,
    inFlight: 2,
    requests,
    failures: 0,
    latencyCounts,
  };
}

/** A feed whose balancer is as `now` says. */
function follow(first: readonly TargetReading[]) {
  const clock = new VirtualClock();
  const seen: LiveState[] = [];
  const now = { targets: first };
  const read = (): Reading => ({
    version: "1",
    uptimeSeconds: clock.now() / 1000,
    groups: [{ name: "g", policy: "ewma", targets: now.targets }],
  });
  const feed = new LiveFeed(read, boundsMs, clock, () => clock.now());
  const end = feed.subscribe((state) => seen.push(state));
  feed.start();
  const latest = (id: string) => seen.at(-1)?.groups[0]?.targets.find((each) => each.id === id);
  return { clock, seen, now, feed, latest, end };
}

test("rates are of the last second, shares and latencies of the last ones", () => {
  const { clock, now, latest } = follow([target("a", 100), target("b", 50)]);
  expect(latest("a")).toMatchObject({ requestsPerSecond: null, share: null, p99Ms: null });
  now.targets = [target("a", 130, [0, 30, 0, 0]), target("b", 60, [0, 0, 10, 0])];
  clock.advance(1000);
  expect(latest("a")).toMatchObject({ requestsPerSecond: 30, share: 0.75, p50Ms: 5.5 });
  expect(latest("b")).toMatchObject({ requestsPerSecond: 10, share: 0.25, p50Ms: 55 });
  clock.advance(1000);
  expect(latest("a")).toMatchObject({ requestsPerSecond: 0, share: 0.75, p50Ms: 5.5 });
  clock.advance(2000);
  expect(latest("a")).toMatchObject({ requestsPerSecond: 0, share: null, p50Ms: null });
});

test("a target that is new, or another of the same name, has no rate yet", () => {
  const { clock, now, latest } = follow([target("a", 100, [9, 9, 9, 9])]);
  now.targets = [target("a", 3, [3, 0, 0, 0]), target("new", 1)];
  clock.advance(1000);
  expect(latest("a")).toMatchObject({ requestsPerSecond: null, p50Ms: 0.5 });
  expect(latest("new")).toMatchObject({ requestsPerSecond: null });
});

test("the history holds the last minutes, of targets that are gone too", () => {
  const { clock, now, feed } = follow([target("a", 0)]);
  clock.advance(historyStepMs);
  now.targets = [target("b", 0)];
  clock.advance(historyStepMs);
  const { atSeconds, groups } = feed.history();
  expect(atSeconds).toEqual([0, 5, 10]);
  expect(groups[0]?.targets.map(({ id, inFlight }) => [id, inFlight])).toEqual([
    ["a", [2, 2, null]],
    ["b", [null, null, 2]],
  ]);
  clock.advance(2 * historyMs);
  expect(feed.history().atSeconds).toHaveLength(historyMs / historyStepMs);
  expect(feed.history().groups[0]?.targets.map(({ id }) => id)).toEqual(["b"]);
});

test("who has left is told nothing more", () => {
  const { clock, seen, end, feed } = follow([]);
  end();
  clock.advance(3000);
  feed.stop();
  expect(seen).toHaveLength(1);
});
