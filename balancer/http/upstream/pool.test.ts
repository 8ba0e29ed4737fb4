import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ByteBuffer } from "../../byte-buffer.ts";
import { type Clock, systemClock } from "../../cluster/clock.ts";
import { VirtualClock } from "../../cluster/virtual-clock.ts";
import { okWith, RawOrigin } from "../../testing/raw-origin.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { until } from "../../testing/until.ts";
import { unusedPort } from "../../testing/unused-port.ts";
import { Deadline } from "../../transport/deadlines.ts";
import type { UpstreamConnection } from "./connection.ts";
import { type ConnectionUser, nobody } from "./connection-user.ts";
import { endpointOf } from "./endpoint.ts";
import { Pool, type PoolLimits, type Waiter } from "./pool.ts";

const tally = { connected() {}, disconnected() {}, waiting() {} };
const limits: PoolLimits = {
  connectTimeoutMs: 1000,
  idleTimeoutMs: 10_000,
  maxConnections: 1024,
  maxQueue: 1024,
  queueTimeoutMs: 1000,
};

type Told = "connection" | "refused" | "queue full" | "expired";

/** Records what the pool tells it; throws when it is told twice. */
class TestWaiter implements Waiter {
  readonly deadline = new Deadline();
  told: Told | undefined;
  connection: UpstreamConnection | undefined;

  constructor(
    private readonly pool: Pool,
    readonly canResend: boolean,
  ) {}

  onConnection(connection: UpstreamConnection): void {
    this.tell("connection");
    this.connection = connection;
  }

  onRefused(): void {
    this.tell("refused");
  }

  onQueueFull(): void {
    this.tell("queue full");
  }

  expire(): void {
    this.pool.withdraw(this);
    this.tell("expired");
  }

  private tell(what: Told): void {
    if (this.told !== undefined) throw new Error(`told ${what} after ${this.told}`);
    this.told = what;
  }
}

/** A request and its answer, after which the connection goes back by itself. */
function use(waiter: TestWaiter, user: ConnectionUser = nobody): void {
  const request = new ByteBuffer(64);
  request.latin1("GET / HTTP/1.1\r\nhost: t\r\n\r\n");
  waiter.connection?.begin(user, "GET", request.bytes, request.length, false);
}

const opened = stopAfterEach();

async function start(
  more: Partial<PoolLimits> = {},
  lines: readonly string[] = [],
  clock: Clock = systemClock,
) {
  const origin = opened(
    await RawOrigin.start((_request, connection) => connection.send(okWith("hi", lines))),
  );
  const pool = new Pool(endpointOf(origin.url, undefined), { ...limits, ...more }, clock, tally);
  const acquire = (canResend = true) => {
    const waiter = new TestWaiter(pool, canResend);
    pool.acquire(waiter);
    return waiter;
  };
  const acquired = async (canResend = true) => {
    const waiter = acquire(canResend);
    await until("the waiter is told", () => waiter.told !== undefined);
    return waiter;
  };
  return { pool, origin, acquire, acquired };
}

describe("connections", () => {
  test("are used again, the last one first", async () => {
    const { pool, acquired } = await start();
    const [a, b] = [await acquired(), await acquired()];
    use(a);
    await until("a is idle", () => pool.idleCount === 1);
    use(b);
    await until("b is idle", () => pool.idleCount === 2);
    expect((await acquired()).connection).toBe(b.connection);
    expect((await acquired()).connection).toBe(a.connection);
    expect(pool.size).toBe(2);
  });

  test("that the target is about to close by its own word are not used again", async () => {
    const { pool, origin, acquired } = await start({}, ["keep-alive: timeout=1"]);
    use(await acquired());
    await until("it is idle", () => pool.idleCount === 1);
    await acquired();
    expect(origin.connections).toHaveLength(2);
  });

  test("that the target closes while idle are forgotten", async () => {
    const { pool, origin, acquired } = await start();
    use(await acquired());
    await until("it is idle", () => pool.idleCount === 1);
    origin.connections[0]?.close();
    await until("it is gone", () => pool.size === 0);
    expect(pool.idleCount).toBe(0);
  });

  test("that a target closes early are not used for what can't be sent again, unless there is no other", async () => {
    const clock = new VirtualClock();
    const { pool, origin, acquired } = await start({ maxConnections: 2 }, [], clock);
    use(await acquired());
    await until("it is idle", () => pool.idleCount === 1);
    clock.advance(2000);
    origin.connections[0]?.close();
    await until("it is gone", () => pool.size === 0);
    use(await acquired());
    await until("another is idle", () => pool.idleCount === 1);
    clock.advance(1500);
    const fresh = await acquired(false);
    expect(origin.connections).toHaveLength(3);
    expect(pool.idleCount).toBe(1);
    const last = await acquired(false);
    expect(origin.connections).toHaveLength(3);
    expect(last.connection).not.toBe(fresh.connection);
  });

  test("that come back from a target that closes at once are for who can send again", async () => {
    const clock = new VirtualClock();
    const { pool, origin, acquire, acquired } = await start({}, [], clock);
    use(await acquired());
    await until("it is idle", () => pool.idleCount === 1);
    origin.connections[0]?.close();
    await until("it is gone", () => pool.size === 0);
    const used = await acquired();
    use(used);
    await until("another is idle", () => pool.idleCount === 1);
    const taken = await acquired();
    const waiter = acquire(false);
    if (taken.connection !== undefined) pool.release(taken.connection, clock.now());
    expect(waiter.told).toBeUndefined();
    await until("the waiter is told", () => waiter.told === "connection");
    expect(waiter.connection).not.toBe(used.connection);
  });

  test("that stay unused are closed after the idle timeout", async () => {
    const { pool, origin, acquired } = await start({ idleTimeoutMs: 30 });
    use(await acquired());
    await until("it is closed", () => origin.connections[0]?.isClosed);
    expect(pool.size).toBe(0);
  });

  test("are closed when the pool is: idle ones at once, others when they come back", async () => {
    const { pool, origin, acquired } = await start();
    const [a, b] = [await acquired(), await acquired()];
    use(a);
    await until("a is idle", () => pool.idleCount === 1);
    pool.close();
    await until("a is closed", () => origin.open === 1);
    use(b);
    await until("b is closed", () => origin.open === 0);
    expect(pool.size).toBe(0);
  });
});

describe("the queue", () => {
  test("hands a connection that comes back to who has waited longest", async () => {
    const { acquire, acquired } = await start({ maxConnections: 1 });
    const first = await acquired();
    const [second, third] = [acquire(), acquire()];
    use(first);
    await until("the second is told", () => second.told !== undefined);
    expect(third.told).toBeUndefined();
    expect(second.connection).toBe(first.connection);
  });

  test("dials anew for who waits when a connection in use is lost", async () => {
    const { acquire, acquired, origin } = await start({ maxConnections: 1 });
    const first = await acquired();
    const second = acquire();
    first.connection?.abort();
    await until("the second is told", () => second.told === "connection");
    expect(origin.connections).toHaveLength(2);
  });

  test("is bounded in length and in time", async () => {
    const { acquire, acquired } = await start({ maxConnections: 1, maxQueue: 1, queueTimeoutMs: 20 });
    await acquired();
    const [waits, tooMany] = [acquire(), acquire()];
    expect(tooMany.told).toBe("queue full");
    expect(waits.told).toBeUndefined();
    await until("the wait is over", () => waits.told === "expired");
  });

  test("is refused to its end when the target accepts no connection", async () => {
    const endpoint = endpointOf(`http://127.0.0.1:${unusedPort()}`, undefined);
    const pool = new Pool(
      endpoint,
      { ...limits, maxConnections: 1, queueTimeoutMs: 60_000 },
      systemClock,
      tally,
    );
    const waiters = [true, false, true].map((canResend) => new TestWaiter(pool, canResend));
    for (const waiter of waiters) pool.acquire(waiter);
    await until("all are told", () => waiters.every((waiter) => waiter.told === "refused"));
    expect(pool.size).toBe(0);
  });
});

test("whatever happens: never over the limit, everyone is told once, and nothing stays", async () => {
  const step = fc.constantFrom("acquire", "acquire", "use", "abort", "withdraw", "turn");
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 30 }),
    fc.integer({ min: 1, max: 4 }),
    async (steps, maxConnections) => {
      const { pool, origin, acquire } = await start({ maxConnections, maxQueue: 3 });
      const open: TestWaiter[] = [];
      for (const action of steps) {
        const holder = open.find((waiter) => waiter.told === "connection");
        if (action === "acquire") open.push(acquire(open.length % 2 === 0));
        else if (action === "turn") await Bun.sleep(0);
        else if (action === "withdraw") {
          const waiting = open.findIndex((waiter) => waiter.told === undefined);
          for (const waiter of waiting < 0 ? [] : open.splice(waiting, 1)) pool.withdraw(waiter);
        } else if (holder !== undefined) {
          open.splice(open.indexOf(holder), 1);
          if (action === "use") use(holder);
          else holder.connection?.abort();
        }
        expect(pool.size).toBeLessThanOrEqual(maxConnections);
      }
      pool.close();
      const settled = () => {
        for (const waiter of open.splice(0)) {
          if (waiter.told === "connection") waiter.connection?.abort();
          else if (waiter.told === undefined) open.push(waiter);
        }
        return open.length === 0 && pool.size === 0;
      };
      await until("nothing stays", settled);
      expect(origin.connections.length).toBeLessThanOrEqual(steps.length);
      origin.stop();
    },
  );
  await fc.assert(property, { numRuns: 40 });
});
