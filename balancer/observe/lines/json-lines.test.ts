import { expect, test } from "bun:test";
import { ByteBuffer } from "../../byte-buffer.ts";
import type { StreamEnd } from "../stream-end.ts";
import { JsonLines } from "./json-lines.ts";

const end: StreamEnd = {
  address: "::1",
  port: 4711,
  target: { id: "db-1" },
  bytesIn: 5,
  bytesOut: 1_048_576,
  durationMs: 12.3456,
  fault: undefined,
};

function lineOf(streamEnd: StreamEnd): unknown {
  const lines = new ByteBuffer(16);
  new JsonLines().stream(lines, 0, "tcp", "db", streamEnd);
  const text = new TextDecoder().decode(lines.bytes.subarray(0, lines.length));
  expect(text).toEndWith("}\n");
  return JSON.parse(text);
}

test("a connection's line says who, where to, how much, how long", () => {
  expect(lineOf(end)).toEqual({
    time: "1970-01-01T00:00:00.000Z",
    protocol: "tcp",
    client: "[::1]:4711",
    group: "db",
    target: "db-1",
    bytesIn: 5,
    bytesOut: 1_048_576,
    ms: 12.346,
  });
});

test("one that came to no target says why", () => {
  expect(lineOf({ ...end, address: "10.0.0.1", target: undefined, fault: 'no "target"' })).toMatchObject({
    client: "10.0.0.1:4711",
    fault: 'no "target"',
  });
  expect(lineOf({ ...end, target: undefined })).not.toHaveProperty("target");
});
