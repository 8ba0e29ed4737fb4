import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ClientCounts, createCountsMemory } from "./client-counts.ts";
import { clientNetwork } from "./client-network.ts";
import { createRateMemory, RateLimiter } from "./rate-limiter.ts";

test("IPv4 clients go by their address, IPv6 clients by their /64", () => {
  expect(clientNetwork("203.0.113.7")).toBe("203.0.113.7");
  expect(clientNetwork("::ffff:203.0.113.7")).toBe("203.0.113.7");
  expect(clientNetwork("2001:db8::1")).toBe(clientNetwork("2001:db8:0:0:ffff::2"));
  expect(clientNetwork("2001:db8::1")).not.toBe(clientNetwork("2001:db8:0:1::1"));
  expect(clientNetwork("_hidden")).toBe("_hidden");
});

describe("a rate limit", () => {
  test("never lets more pass than its burst and what has come back since", () => {
    const limits = fc.record({
      requests: fc.integer({ min: 1, max: 50 }),
      perMs: fc.constantFrom(100, 1000, 60_000),
      burst: fc.integer({ min: 1, max: 100 }),
    });
    const gaps = fc.array(fc.nat(2000), { maxLength: 100 });
    fc.assert(
      fc.property(limits, gaps, (limit, gapsMs) => {
        const limiter = new RateLimiter(limit);
        let nowMs = 1000;
        let passed = 0;
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          const waitMs = limiter.take("a", nowMs);
          if (waitMs === 0) passed++;
          expect(waitMs).toBeLessThanOrEqual(limit.perMs / limit.requests + 1e-6);
        }
        const most = limit.burst + ((nowMs - 1000) * limit.requests) / limit.perMs;
        expect(passed).toBeLessThanOrEqual(Math.floor(most + 1e-6));
      }),
      { numRuns: 30 },
    );
  });

  test("lets a client that keeps to it pass every time", () => {
    const limiter = new RateLimiter({ requests: 3, perMs: 1000, burst: 1 });
    for (let i = 0; i < 1000; i++) expect(limiter.take("a", 7 + (i * 1000) / 3)).toBe(0);
    expect(limiter.take("a", 7 + 333_000)).toBeGreaterThan(0);
  });

  test("holds for every client by itself, and over all threads", () => {
    const memory = createRateMemory();
    const limit = { requests: 1, perMs: 1000, burst: 1 };
    const [one, other] = [new RateLimiter(limit, memory), new RateLimiter(limit, memory)];
    expect([one.take("a", 5), other.take("a", 5) > 0, other.take("b", 5)]).toEqual([0, true, 0]);
  });

  test("remembers busy clients through a flood of others, in the same memory", () => {
    const limiter = new RateLimiter({ requests: 1, perMs: 60_000, burst: 100 });
    for (let i = 0; i < 100; i++) limiter.take("busy", 1000);
    for (let i = 0; i < 200_000; i++) limiter.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 2000);
    // Its bucket is full again later than any other's.
    expect(limiter.take("busy", 2000)).toBeGreaterThan(0);
  });
});

describe("connections by client", () => {
  test("are counted over threads, and those of a dead thread forgotten", () => {
    const memory = createCountsMemory(3);
    const [one, two] = [new ClientCounts(3, memory, 1), new ClientCounts(3, memory, 2)];
    expect([one.open("a"), two.open("a"), two.open("a"), one.open("a"), one.open("b")]).toEqual([
      true,
      true,
      true,
      false,
      true,
    ]);
    two.close("a");
    expect([one.open("a"), two.open("a")]).toEqual([true, false]);
    two.closeAllOf(1);
    expect([two.open("a"), two.open("a"), two.open("a")]).toEqual([true, true, false]);
  });

  test("of thousands of clients hardly any is counted with another's", () => {
    const counts = new ClientCounts(1);
    let refused = 0;
    for (let i = 0; i < 2000; i++) if (!counts.open(`198.51.${i >> 8}.${i & 255}`)) refused++;
    expect(refused).toBeLessThan(20);
  });
});
