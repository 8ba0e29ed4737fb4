import { expect, test } from "bun:test";
import { startOrigin, type TransferPlan, transfer } from "./transfer.ts";

const plan = (direction: TransferPlan["direction"], shares: number[]): TransferPlan => ({
  direction,
  bodyBytes: 3_000_000,
  bytesPerSecond: 30_000_000,
  signal: new AbortController().signal,
  onProgress: (share) => shares.push(share),
});

for (const direction of ["download", "upload"] as const) {
  test(`${direction}: the whole body arrives, at the reader's pace`, async () => {
    const shares: number[] = [];
    const startedAtMs = performance.now();
    const origin = startOrigin(plan(direction, shares));
    try {
      expect(await transfer(origin.port, plan(direction, shares))).toEqual({ ok: true, value: undefined });
    } finally {
      origin.stop();
    }
    expect(shares.at(-1)).toBeGreaterThanOrEqual(1);
    // The reader's pace is a lower bound that no machine can undercut: 100 ms, less its last portion.
    expect(performance.now() - startedAtMs).toBeGreaterThan(50);
  });
}

test("a connection that breaks is a fault", async () => {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket) => void socket.end() },
  });
  const ended = await transfer(listener.port, plan("download", []));
  listener.stop(true);
  expect(ended).toMatchObject({ ok: false, fault: expect.stringContaining("closed after 0 bytes") });
});
