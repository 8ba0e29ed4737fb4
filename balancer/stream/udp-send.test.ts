import { expect, test } from "bun:test";
import fc from "fast-check";
import { sendAll, sendOne } from "./udp-send.ts";

type Fate = "sent" | "unsendable" | "reported";

/** Sends as Linux does: up to the first datagram with an error, which only a call that begins with it tells. */
function socketOf(fates: Map<number, Fate>, bufferSize = Number.POSITIVE_INFINITY) {
  const sent: number[] = [];
  const fail = (code: string) => {
    throw Object.assign(new Error(code), { code });
  };
  const sendMany = (items: number[]) => {
    const first = fates.get(items[0] ?? -1);
    if (first === "unsendable") fail("EMSGSIZE");
    if (first === "reported") {
      fates.set(items[0] ?? -1, "sent");
      fail("ECONNREFUSED");
    }
    const until = items.findIndex((item) => fates.get(item) !== "sent");
    const room = Math.max(0, bufferSize - sent.length);
    const taken = items.slice(0, until < 0 ? items.length : until).slice(0, room);
    sent.push(...taken);
    return taken.length;
  };
  return { sent, sendMany };
}

test("a datagram that can't be sent takes no other with it, nor does a report about an earlier one", () => {
  const fate = fc.constantFrom<Fate>("sent", "sent", "unsendable", "reported");
  fc.assert(
    fc.property(fc.array(fate, { maxLength: 30 }), (fates) => {
      const { sent, ...socket } = socketOf(new Map(fates.entries()));
      const lost: unknown[] = [];
      sendAll([...fates.keys()], 1, socket, { lost: (reason, count) => lost.push([reason, count]) });
      const bad = fates.filter((each) => each === "unsendable").length;
      expect(sent).toEqual([...fates.keys()].filter((index) => fates[index] !== "unsendable"));
      expect(lost).toEqual(Array.from({ length: bad }, () => ["unsendable", 1]));
    }),
  );
});

test("what the send buffer has no room for is lost, and counted", () => {
  const { sent, ...socket } = socketOf(new Map([0, 1, 2, 3].map((index) => [index, "sent"])), 3);
  const lost: unknown[] = [];
  sendAll([0, 1, 2, 3], 1, socket, { lost: (reason, count) => lost.push([reason, count]) });
  expect(sent).toEqual([0, 1, 2]);
  expect(lost).toEqual([["blocked", 1]]);
});

test("a target that refuses every time is given up, and a bug is thrown on", () => {
  const lost: string[] = [];
  const refusing = () => {
    throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  };
  sendAll(["a", "b"], 1, { sendMany: refusing }, { lost: (reason) => lost.push(reason) });
  expect(lost).toEqual(["unsendable", "unsendable"]);
  const broken = () => {
    throw new Error("Socket is closed");
  };
  expect(() => sendAll(["a"], 1, { sendMany: broken }, { lost: () => {} })).toThrow("Socket is closed");
});

test("of lists with address and port three items make a datagram", () => {
  const calls: (string | number)[][] = [];
  const sendMany = (items: (string | number)[]) => {
    calls.push(items);
    return 1;
  };
  sendAll(["x", 1, "a", "y", 2, "b"], 3, { sendMany }, { lost: () => {} });
  expect(calls).toEqual([
    ["x", 1, "a", "y", 2, "b"],
    ["y", 2, "b"],
  ]);
});

test("a single datagram has the same fate as in a list", () => {
  const fateOf = (fate: Fate, bufferSize?: number) => {
    const { sent, ...socket } = socketOf(new Map([[0, fate]]), bufferSize);
    const lost: unknown[] = [];
    const send = (item: number) => socket.sendMany([item]) === 1;
    sendOne(0, { ...socket, send }, { lost: (reason, count) => lost.push([reason, count]) });
    return { sent, lost };
  };
  expect(fateOf("sent")).toEqual({ sent: [0], lost: [] });
  expect(fateOf("reported")).toEqual({ sent: [0], lost: [] });
  expect(fateOf("unsendable")).toEqual({ sent: [], lost: [["unsendable", 1]] });
  expect(fateOf("sent", 0)).toEqual({ sent: [], lost: [["blocked", 1]] });
});
