import { expect, test } from "bun:test";
import { Target } from "./target.ts";
import { TargetRoom } from "./target-room.ts";

const target = (id: string) => new Target(id, `http://${id}:80`, 1, 0, 10_000);
const unlimited = { limit: Number.POSITIVE_INFINITY };

test("a target that is full is excluded until something at it has ended", () => {
  const [a, b] = [target("a"), target("b")];
  const room = new TargetRoom({ perTarget: 2, inGroup: unlimited, maxQueue: 0 });
  for (const each of [a, b, a]) room.take(each);
  expect(room.excluded(undefined)).toEqual([a]);
  expect(room.excluded([b])).toEqual([b, a]);
  expect([room.isWorthWaiting(undefined), room.isWorthWaiting([a])]).toEqual([true, false]);
  room.give(a);
  expect(room.excluded(undefined)).toBeUndefined();
  expect(room.inFlight).toBe(2);
});

test("whoever came first is asked first, and keeps its place when what ended does not suit it", () => {
  const [a, b] = [target("a"), target("b")];
  const room = new TargetRoom({ perTarget: 1, inGroup: unlimited, maxQueue: 3 });
  room.take(a);
  room.take(b);
  const asked: string[] = [];
  const waiter = (name: string, suits: (free: boolean) => boolean) => ({
    onRoom() {
      asked.push(name);
      return suits(room.excluded(undefined)?.includes(a) !== true);
    },
  });
  const wantsA = waiter("wants a", (isFree) => isFree);
  expect(room.wait(wantsA)).toBe(true);
  const any = waiter("any", () => {
    room.take(b);
    return true;
  });
  expect(room.wait(any)).toBe(true);
  expect(room.wait({ onRoom: () => true })).toBe(true);
  expect(room.wait({ onRoom: () => true })).toBe(false);
  room.give(b);
  expect(asked).toEqual(["wants a", "any"]);
  expect(room.queueLength).toBe(1);
  room.give(a);
  expect(asked).toEqual(["wants a", "any", "wants a"]);
});

test("who begins something that ends at once is not asked again for that", () => {
  const a = target("a");
  const room = new TargetRoom({ perTarget: 1, inGroup: { limit: 10 }, maxQueue: 10 });
  const asked: string[] = [];
  const waiter = (name: string) => ({
    onRoom() {
      asked.push(name);
      room.take(a);
      if (name === "fails") room.give(a);
      return true;
    },
  });
  room.take(a);
  room.wait(waiter("fails"));
  room.wait(waiter("second"));
  room.give(a);
  expect(asked).toEqual(["fails", "second"]);
  expect([room.inFlight, room.queueLength]).toEqual([1, 0]);
});

test("who begins in vain and waits again keeps its place, and is counted once", () => {
  const a = target("a");
  let queued = 0;
  const counts = {
    add(_what: string, change = 1) {
      queued += change;
    },
  };
  const room = new TargetRoom({ perTarget: 1, inGroup: unlimited, maxQueue: 2 }, counts);
  const asked: string[] = [];
  const again = {
    onRoom() {
      asked.push("again");
      return asked.length > 1 || !room.wait(again);
    },
  };
  room.take(a);
  room.wait(again);
  room.wait({ onRoom: () => asked.push("second") > 0 });
  expect(queued).toBe(2);
  room.give(a);
  expect([queued, room.queueLength]).toEqual([1, 1]);
  room.take(a);
  room.give(a);
  expect(asked).toEqual(["again", "second", "again"]);
  expect([queued, room.queueLength]).toEqual([0, 0]);
});

test("the group's limit holds for all targets together, and may change", () => {
  const [a, b] = [target("a"), target("b")];
  const inGroup = { limit: 2 };
  const room = new TargetRoom({ perTarget: 10, inGroup, maxQueue: 5 });
  room.take(a);
  room.take(b);
  expect([room.isFull, room.hasRoom(a), room.isWorthWaiting(undefined)]).toEqual([true, false, true]);
  let woken = 0;
  for (let i = 0; i < 3; i++) {
    room.wait({
      onRoom() {
        woken++;
        room.take(a);
        return true;
      },
    });
  }
  inGroup.limit = 3;
  room.give(b);
  expect([woken, room.inFlight, room.queueLength]).toEqual([2, 3, 1]);
});
