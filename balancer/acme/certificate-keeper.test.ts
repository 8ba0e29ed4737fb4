import { expect, test } from "bun:test";
import { generate } from "selfsigned";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";
import { AskedToWait } from "./requests.ts";
import { describeCertificate, type StoredCertificate } from "./storage.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** One that holds for so many days from that day on; days are counted from 1970. */
async function certificate(fromDay: number, days: number): Promise<StoredCertificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "a.example" }], {
    keyType: "ec",
    notBeforeDate: new Date(fromDay * dayMs),
    notAfterDate: new Date((fromDay + days) * dayMs),
  });
  const described = describeCertificate(cert, key);
  if (described === undefined) throw new Error("expected a certificate");
  return described;
}

const opened = stopAfterEach();

interface World {
  readonly stored?: StoredCertificate;
  readonly renewBefore?: number;
  /** What becomes of each order in turn; of further ones the last. */
  readonly outcomes: readonly [StoredCertificate | Error, ...(StoredCertificate | Error)[]];
  readonly random?: number;
}

/** A keeper from the first minute of 1970 on. */
async function keep({ stored, renewBefore, outcomes, random = 0 }: World) {
  const clock = new VirtualClock();
  const world = {
    stored,
    orderedAtMs: [] as number[],
    lines: [] as string[],
    changes: 0,
    /** So much time passes, in steps: an order takes its turn of the event loop. */
    async pass(ms: number, stepMs = minuteMs) {
      for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
        const before = world.orderedAtMs.length;
        clock.advance(stepMs);
        if (world.orderedAtMs.length > before) await Bun.sleep(0);
      }
    },
  };
  const keeper = new CertificateKeeper({
    names: ["a.example"],
    renewBefore,
    clock,
    timeOfDay: () => clock.now(),
    random: () => random,
    storage: {
      certificateOf: () => world.stored,
      save: (_names, pem) => {
        world.stored = describeCertificate(pem.cert, pem.key);
      },
    },
    order: async () => {
      const outcome = outcomes[Math.min(world.orderedAtMs.length, outcomes.length - 1)];
      world.orderedAtMs.push(clock.now());
      if (outcome === undefined || outcome instanceof Error) throw outcome;
      return outcome;
    },
    log: (line) => world.lines.push(line),
    onChange: () => world.changes++,
  });
  opened(keeper);
  await keeper.look();
  return Object.assign(world, { keeper });
}

test("a renewal begins when a third of the lifetime is left", async () => {
  const world = await keep({ stored: await certificate(0, 90), outcomes: [await certificate(60, 90)] });
  expect(world.keeper.status.nextOrder).toBe("1970-03-02T00:00:00.000Z");
  await world.pass(60 * dayMs - hourMs, hourMs);
  expect(world.orderedAtMs).toEqual([]);
  await world.pass(2 * hourMs, hourMs);
  expect(world.orderedAtMs).toEqual([60 * dayMs]);
  expect(world.changes).toBe(1);
  expect(world.lines).toEqual(["certificate for a.example: renewed, ends 1970-05-31T00:00:00.000Z"]);
  expect(world.keeper.status).toEqual({
    names: ["a.example"],
    notAfter: "1970-05-31T00:00:00.000Z",
    nextOrder: "1970-05-01T00:00:00.000Z",
    lastError: null,
  });
});

test("renewals of many are spread over a tenth of what is left", async () => {
  const world = await keep({ stored: await certificate(0, 90), outcomes: [new Error("no")], random: 0.5 });
  expect(world.keeper.status.nextOrder).toBe(new Date(58.5 * dayMs).toISOString());
});

test("a renewal begins as long before the end as the config says, but not with the first third of the lifetime", async () => {
  const outcomes = [new Error("no")] as const;
  const long = await keep({ stored: await certificate(0, 90), renewBefore: 10 * dayMs, outcomes });
  expect(long.keeper.status.nextOrder).toBe(new Date(80 * dayMs).toISOString());
  const short = await keep({ stored: await certificate(0, 6), renewBefore: 30 * dayMs, outcomes });
  expect(short.keeper.status.nextOrder).toBe(new Date(2 * dayMs).toISOString());
});

test("failures are tried again less and less often, and at most five times in the first hour", async () => {
  const world = await keep({ outcomes: [new Error("no")] });
  await world.pass(30 * hourMs);
  const minutes = world.orderedAtMs.map((atMs) => atMs / minuteMs);
  expect(minutes).toEqual([0, 1, 6, 21, 51, 111, 231, 471, 831, 1191, 1551]);
  expect(world.changes).toBe(0);
  expect(world.keeper.status).toMatchObject({ notAfter: null, lastError: { message: "not obtained: no" } });
  expect(world.lines[0]).toBe(
    "certificate for a.example: not obtained: no; next try at 1970-01-01T00:01:00.000Z",
  );
});

test("an authority that asks to wait is waited for, with jitter", async () => {
  const world = await keep({
    outcomes: [new AskedToWait("too many", 2 * hourMs), await certificate(0, 90)],
    random: 0.5,
  });
  await world.pass(3 * hourMs);
  expect(world.orderedAtMs).toEqual([0, 2.2 * hourMs]);
  expect(world.keeper.status.lastError).toBeNull();
});

test("a certificate that would have to be renewed at once is not asked for again and again", async () => {
  const world = await keep({ outcomes: [await certificate(-30, 10)] });
  await world.pass(5 * minuteMs);
  expect(world.orderedAtMs).toEqual([0, minuteMs]);
  expect(world.lines.at(-1)).toContain("is the time of day right?");
});

test("one that another balancer has put into the storage is shown, and not ordered", async () => {
  const world = await keep({ stored: await certificate(0, 90), outcomes: [new Error("no")] });
  await world.pass(59 * dayMs, hourMs);
  world.stored = await certificate(58, 90);
  await world.pass(2 * dayMs, hourMs);
  expect(world.orderedAtMs).toEqual([]);
  expect(world.changes).toBe(1);
});

test("what is stopped orders nothing more", async () => {
  const world = await keep({ outcomes: [new Error("no")] });
  world.keeper.stop();
  await world.pass(dayMs, hourMs);
  expect(world.orderedAtMs).toEqual([0]);
});
