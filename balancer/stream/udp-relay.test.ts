import { describe, expect, test } from "bun:test";
import { lookup } from "node:dns/promises";
import { until } from "../testing/until.ts";
import { startUdpRelay } from "./start-udp-relay.ts";
import {
  connectWays,
  type Echo,
  hasIpv6,
  openClient,
  type RelaySetup,
  type RunningRelay,
  withRelay as runRelay,
  startEcho,
} from "./udp.fixture.ts";

/** An address and port on which nobody listens. */
async function deadUrl(): Promise<string> {
  const echo = await startEcho("x");
  echo.close();
  return `udp://127.0.0.1:${echo.port}`;
}

describe.each(connectWays)("over %s", (_name, connect) => {
  const withRelay = (
    echoes: readonly Echo[],
    setup: RelaySetup,
    task: (running: RunningRelay) => Promise<void>,
  ) => runRelay(echoes, { ...setup, connect }, task);

  test("clients are shared out, each keeps its target, and replies come from the listener's port", async () => {
    const echoes = [await startEcho("a"), await startEcho("b")];
    await withRelay(echoes, {}, async ({ relay, client, targets }) => {
      const clients = await Promise.all(Array.from({ length: 20 }, client));
      for (const round of ["1", "2"]) {
        const replies = await Promise.all(clients.map((each, index) => each.ask(`${index}.${round}`)));
        // In turns, as the policy says, and the same ones the second time.
        expect(replies.filter((reply) => reply.startsWith("a"))).toHaveLength(10);
        for (const [index, each] of clients.entries()) {
          const texts = each.received.map(({ bytes }) => bytes.toString());
          expect(texts.at(-1)).toEndWith(`${index}.${round}`);
          expect(new Set(texts.map((text) => text[0])).size).toBe(1);
          expect(new Set(each.received.map(({ from }) => from))).toEqual(new Set([relay.port]));
        }
      }
      // Every client is a peer of its own to the target.
      expect(echoes.map(({ seen }) => seen.peers.size)).toEqual([10, 10]);
      expect(targets.map(({ inFlight }) => inFlight)).toEqual([10, 10]);
      expect(relay.status).toMatchObject({
        sessions: 20,
        sessionsBegun: 20,
        datagramsIn: 40,
        datagramsOut: 40,
      });
    });
  });

  test("datagrams of one client keep their order and their borders, also empty ones", async () => {
    const echo = await startEcho("");
    await withRelay([echo], {}, async ({ client }) => {
      const one = await client();
      const sent = Array.from(
        { length: 100 },
        (_, index) => "x".repeat(index % 7) + (index % 7 === 0 ? "" : index),
      );
      for (const text of sent) one.send(text);
      await until("all replies", () => one.received.length === sent.length);
      expect(one.received.map(({ bytes }) => bytes.toString())).toEqual(sent);
    });
  });

  test.each([1, 1472, 65_507])("%d bytes pass both ways", async (length) => {
    const echo = await startEcho("");
    await withRelay([echo], {}, async ({ client, relay }) => {
      const one = await client();
      const sent = Buffer.alloc(length, "abcdefghijk");
      one.send(sent);
      const reply = await until("the reply", () => one.received[0]);
      expect(reply.bytes.equals(sent)).toBe(true);
      expect(Object.values(relay.status.dropped).every((count) => count === 0)).toBe(true);
    });
  });

  test("a session ends once it has been idle, and its latency is that of the first reply", async () => {
    const echo = await startEcho("a");
    await withRelay(
      [echo],
      { idleTimeoutMs: 8000 },
      async ({ client, clock, relay, outcomes, ended, targets }) => {
        const [busy, idle] = [await client(), await client()];
        await idle.ask("one");
        for (let elapsedMs = 0; elapsedMs < 9000; elapsedMs += 1000) {
          await busy.ask("x");
          clock.advance(1000);
        }
        expect(relay.status.sessions).toBe(1);
        expect(ended).toMatchObject([
          { port: idle.port, bytesIn: 3, bytesOut: 4, target: { id: "a" }, fault: undefined },
        ]);
        expect(outcomes).toEqual([
          { id: "a", outcome: { kind: "answered", status: 200, firstByteMs: 0, completeMs: 0 } },
        ]);
        expect(targets[0]?.requests).toBe(1);
        clock.advance(9000);
        expect(relay.status.sessions).toBe(0);
        expect(outcomes[1]?.outcome).toEqual({
          kind: "answered",
          status: 200,
          firstByteMs: 0,
          completeMs: 8000,
        });
        // It begins anew with the next datagram, from another port of ours.
        await idle.ask("two");
        expect(echo.seen.peers.size).toBe(3);
      },
    );
  });

  test("replies keep a session alive; without any nothing is known of the target", async () => {
    const echo = await startEcho("a", { isMute: true });
    await withRelay([echo], { idleTimeoutMs: 800 }, async ({ client, clock, relay, outcomes, targets }) => {
      (await client()).send("log line");
      await until("the datagram", () => echo.seen.datagrams === 1);
      clock.advance(1000);
      expect(relay.status.sessions).toBe(0);
      expect(outcomes).toEqual([{ id: "a", outcome: { kind: "cancelled" } }]);
      expect(targets[0]?.failures).toBe(0);
    });
  });

  test("a first reply counts at once, however long its session goes on, and once", async () => {
    const echo = await startEcho("a");
    await withRelay([echo], { idleTimeoutMs: 10_000 }, async ({ client, clock, relay, targets }) => {
      const latencyMs = () => targets[0]?.requestLatency.averageMs;
      const one = await client();
      await one.ask("x");
      expect(latencyMs()).toBe(0);
      // What has been measured since weighs more with time than what is old.
      targets[0]?.requestLatency.record(100, clock.now(), 1);
      const before = latencyMs();
      clock.advance(20_000);
      expect(relay.status.sessions).toBe(0);
      expect(latencyMs()).toBe(before);
    });
  });

  test("one session too many ends the one that has been idle for longest", async () => {
    const echo = await startEcho("a");
    await withRelay([echo], { maxSessions: 3 }, async ({ client, clock, relay, ended }) => {
      const clients = await Promise.all(Array.from({ length: 4 }, client));
      for (const each of clients.slice(0, 3)) {
        await each.ask("x");
        clock.advance(1);
      }
      await clients[0]?.ask("again");
      await clients[3]?.ask("new");
      expect(ended).toMatchObject([{ port: clients[1]?.port, fault: "evicted" }]);
      expect(relay.status).toMatchObject({ sessions: 3, sessionsBegun: 4, sessionsEvicted: 1 });
      expect(await clients[0]?.ask("still")).toBe("astill");
      expect(relay.status.sessionsBegun).toBe(4);
    });
  });

  describe("a target that is gone", () => {
    test("refuses: the failure is its own, and the client's next datagram goes elsewhere", async () => {
      const echo = await startEcho("b");
      const urls = [await deadUrl(), `udp://127.0.0.1:${echo.port}`];
      await withRelay([echo], { urls }, async ({ client, outcomes, targets }) => {
        const one = await client();
        one.send("lost");
        await until("the refusal", () => outcomes.length > 0);
        expect(outcomes[0]).toMatchObject({ outcome: { kind: "failed", reason: "connect", sent: false } });
        expect(targets[0]?.failures).toBe(1);
        // The turn would be the dead one's again.
        (await client()).send("takes the second one's turn");
        expect(await one.ask("x")).toBe("bx");
      });
    });

    test("is asked again where there is no other", async () => {
      const dead = await startEcho("x");
      dead.close();
      await withRelay([], { urls: [`udp://127.0.0.1:${dead.port}`] }, async ({ client, outcomes }) => {
        const one = await client();
        one.send("lost");
        await until("the refusal", () => outcomes.length > 0);
        const back = await startEcho("back", { port: dead.port });
        expect(await one.ask("x")).toBe("backx");
        back.close();
      });
    });

    test("its sessions move on when its state says so, or it was removed", async () => {
      const echoes = [await startEcho("a"), await startEcho("b"), await startEcho("c")];
      await withRelay(echoes, {}, async ({ client, group, targets, outcomes }) => {
        const [a, b] = targets;
        if (a === undefined || b === undefined) throw new Error("the group has no two targets");
        const one = await client();
        expect(await one.ask("1")).toBe("a1");
        group.setState(a, "unhealthy");
        expect(await one.ask("2")).toBe("b2");
        expect(outcomes).toMatchObject([{ id: "a", outcome: { kind: "answered" } }]);
        group.remove(b);
        expect(await one.ask("3")).toBe("c3");
        expect([a.inFlight, b.inFlight]).toEqual([0, 0]);
      });
    });

    test("when none is left, datagrams are dropped and counted", async () => {
      const echo = await startEcho("a");
      await withRelay([echo], {}, async ({ client, group, targets, relay, ended }) => {
        for (const target of targets) group.setState(target, "unhealthy");
        const one = await client();
        one.send("x");
        await until("the drop", () => relay.status.dropped.noTarget === 1);
        expect(ended).toMatchObject([{ fault: "no target", target: undefined }]);
        expect(relay.status.sessions).toBe(0);
      });
    });
  });

  test("a client that is gone costs the others nothing", async () => {
    const echo = await startEcho("a");
    await withRelay([echo], {}, async ({ client, relay }) => {
      const [gone, other] = [await openClient(relay.port), await client()];
      await other.ask("x");
      for (let round = 0; round < 20; round++) {
        // What comes back to it is refused, and the next send of the listener's socket is told so.
        if (round === 0) {
          gone.send("x");
          gone.close();
        }
        expect(await other.ask(String(round))).toBe(`a${round}`);
      }
      await until("both replies to be sent", () => relay.status.datagramsOut === 22);
      expect(relay.status.dropped).toMatchObject({ unsendable: 0, blocked: 0 });
    });
  });

  test("names are looked up, and what waits meanwhile is sent in order", async () => {
    const echo = await startEcho("a", { hostname: (await lookup("localhost")).address });
    await withRelay([echo], { urls: [`udp://localhost:${echo.port}`] }, async ({ client, relay }) => {
      const one = await client();
      for (let index = 0; index < 20; index++) one.send(String(index));
      await until("the replies", () => one.received.length + relay.status.dropped.opening >= 20);
      const texts = one.received.map(({ bytes }) => bytes.toString());
      expect(texts.length).toBeGreaterThanOrEqual(16);
      expect(texts.slice(0, 16)).toEqual(Array.from({ length: 16 }, (_, index) => `a${index}`));
    });
  });

  test("a name that nobody knows is the target's failure", async () => {
    // A label this long is refused before any name server is asked.
    await withRelay([], { urls: [`udp://${"x".repeat(64)}.invalid:9`] }, async ({ client, outcomes }) => {
      (await client()).send("x");
      await until("the failure", () => outcomes.length > 0);
      expect(outcomes[0]?.outcome).toMatchObject({ kind: "failed", reason: "connect" });
    });
  });

  test("a target that can't be connected to has failed, and the session goes on", async () => {
    const echo = await startEcho("b");
    // To everyone on the network is what a socket has to be allowed first.
    const urls = ["udp://255.255.255.255:9", `udp://127.0.0.1:${echo.port}`];
    await withRelay([echo], { urls }, async ({ client, outcomes, relay }) => {
      const one = await client();
      one.send("lost");
      await until("the failure", () => outcomes.length > 0);
      expect(outcomes[0]?.outcome).toMatchObject({ kind: "failed", reason: "connect" });
      expect(await one.ask("x")).toBe("bx");
      expect(relay.status).toMatchObject({ sessions: 1, sessionsBegun: 1 });
    });
  });

  describe("the end", () => {
    test("open sessions go on until they are quiet, new ones are refused", async () => {
      const echo = await startEcho("a");
      await withRelay([echo], {}, async ({ client, relay, clock }) => {
        const one = await client();
        await one.ask("x");
        let isDrained = false;
        const drained = relay.drain().then(() => {
          isDrained = true;
        });
        (await client()).send("too late");
        await until("the drop", () => relay.status.dropped.draining === 1);
        clock.advance(500);
        expect(await one.ask("y")).toBe("ay");
        clock.advance(900);
        await Promise.resolve();
        expect(isDrained).toBe(false);
        clock.advance(300);
        await drained;
        // The port is free again.
        (await startEcho("next", { port: relay.port })).close();
      });
    });

    test("without sessions it is there at once", async () => {
      await withRelay([await startEcho("a")], {}, async ({ relay }) => await relay.drain());
    });
  });

  test("a session stays with the group that it began in; the next one is of the group that is named now", async () => {
    await withRelay([await startEcho("former")], {}, async (former) => {
      const [one, two] = [await former.client(), await former.client()];
      await one.ask("x");
      await withRelay([await startEcho("present")], {}, async (present) => {
        former.relay.become(present.options);
        expect(await two.ask("y")).toBe("presenty");
        expect(await one.ask("z")).toBe("formerz");
        former.relay.stop();
        expect(former.outcomes).toMatchObject([{ id: "former", outcome: { kind: "answered" } }]);
        expect(former.ended).toMatchObject([{ port: one.port, bytesIn: 2 }]);
        expect(present.outcomes).toMatchObject([{ id: "present", outcome: { kind: "answered" } }]);
        expect(present.ended).toMatchObject([{ port: two.port, bytesIn: 1 }]);
      });
    });
  });

  test("a port that is taken is told", async () => {
    const echo = await startEcho("a");
    await withRelay([echo], {}, async ({ relay, clock, group }) => {
      const listen = { hostname: "127.0.0.1", port: relay.port };
      const service = { group, answered: () => {}, end: () => {} };
      const again = startUdpRelay({ clock, listen, service, idleTimeoutMs: 1000, maxSessions: 10 });
      await expect(again).rejects.toThrow("EADDRINUSE");
    });
  });

  test.skipIf(!hasIpv6)(
    `IPv6 on both sides${hasIpv6 ? "" : ", skipped: this machine has none"}`,
    async () => {
      const echo = await startEcho("six", { hostname: "::1" });
      const setup = { hostname: "::1", urls: [`udp://[::1]:${echo.port}`] };
      await withRelay([echo], setup, async ({ client }) => {
        expect(await (await client()).ask("x")).toBe("sixx");
      });
    },
  );
});
