import { describe, expect, test } from "bun:test";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { startServeEdge } from "./serve-edge.ts";

const { open, finish } = edgeUnderTest(startServeEdge);

/** With `Host`, of one byte's value, so many fields of different names. */
const fields = (count: number) => Array.from({ length: count - 1 }, (_, index) => `x-${index}: a`);

async function statusOf(listener: object, target: string, lines: readonly string[] = []): Promise<number> {
  const scene = await open(ok, { listener });
  const { status } = await scene.client.ask("GET", target, lines);
  await finish(scene);
  return status;
}

describe("the serve edge's limits", () => {
  test.each([
    [{ maxFields: 10 }, 10, 200],
    [{ maxFields: 10 }, 11, 431],
    [{}, 100, 200],
    [{}, 101, 431],
    // Bun's own.
    [{ maxFields: 197 }, 197, 200],
    [{ maxFields: 197 }, 250, 431],
  ] as const)("with %p, %p header fields are answered with %p", async (listener, count, status) => {
    expect(await statusOf(listener, "/", fields(count))).toBe(status);
  });

  test.each([
    [{ maxTargetBytes: 100 }, 100, 200],
    [{ maxTargetBytes: 100 }, 101, 414],
    [{}, 8192, 200],
    [{}, 8193, 414],
  ] as const)("with %p, a target of %p bytes is answered with %p", async (listener, length, status) => {
    expect(await statusOf(listener, `/${"a".repeat(length - 1)}`)).toBe(status);
  });

  test.each([
    [{ maxHeadBytes: 1000 }, 1000, 200],
    [{ maxHeadBytes: 1000 }, 1001, 431],
    [{}, 16_000, 200],
    [{}, 17_000, 431],
  ] as const)("with %p, a head of %p bytes is answered with %p", async (listener, length, status) => {
    const rest = "GET / HTTP/1.1\r\nHost: test\r\nx-a: \r\n\r\n".length;
    expect(await statusOf(listener, "/", [`x-a: ${"a".repeat(length - rest)}`])).toBe(status);
  });
});
