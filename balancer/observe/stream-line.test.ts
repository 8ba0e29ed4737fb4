import { expect, test } from "bun:test";
import { ByteBuffer } from "../byte-buffer.ts";
import { type StreamEnd, writeStreamLine } from "./stream-line.ts";

const end: StreamEnd = {
  address: "::1",
  port: 4711,
  target: { id: "db-1" },
  bytesIn: 5,
  bytesOut: 1_048_576,
  durationMs: 12.3456,
  fault: undefined,
};

/** As a whole line, behind a time. */
function lineOf(streamEnd: StreamEnd): unknown {
  const lines = new ByteBuffer(16);
  lines.latin1('{"time":"now');
  writeStreamLine(lines, "tcp", "db", streamEnd);
  const text = new TextDecoder().decode(lines.bytes.subarray(0, lines.length));
  expect(text).toEndWith("}\n");
  return JSON.parse(text);
}

test("a connection's line says who, where to, how much, how long", () => {
  expect(lineOf(end)).toEqual({
    time: "now",
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
