import { expect, test } from "bun:test";
import fc from "fast-check";
import { ByteBuffer } from "../../byte-buffer.ts";
import { type LoggedRequest, withoutExchange } from "../logged.ts";
import { CommonLines } from "./common-lines.ts";

const request: LoggedRequest = {
  client: "127.0.0.1",
  method: "GET",
  host: "example.com",
  path: "/apache_pb.gif?a=b",
  version: "HTTP/1.0",
  group: "g",
  referer: "http://www.example.com/start.html",
  userAgent: "Mozilla/4.08 [en] (Win98; I ;Nav)",
  traceParent: undefined,
};
/** Of Apache's own example (mod_log_config), in UTC. */
const epochMs = Date.UTC(2000, 9, 10, 20, 55, 36, 789);

function lineOf(isCombined: boolean, more: Partial<LoggedRequest> = {}, bytesReceived = 2326): string {
  const lines = new ByteBuffer(16);
  const exchange = { ...withoutExchange(0), bytesReceived };
  new CommonLines(isCombined).request(lines, epochMs, { ...request, ...more }, 200, exchange);
  return Buffer.from(lines.bytes.subarray(0, lines.length)).toString("latin1");
}

test("lines are those of Apache's documentation", () => {
  const common = '127.0.0.1 - - [10/Oct/2000:20:55:36 +0000] "GET /apache_pb.gif?a=b HTTP/1.0" 200 2326';
  expect(lineOf(false)).toBe(`${common}\n`);
  expect(lineOf(true)).toBe(
    `${common} "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"\n`,
  );
});

test("what is not known is a hyphen", () => {
  expect(lineOf(true, { method: "", client: "", referer: null, userAgent: null }, 0)).toBe(
    '- - - [10/Oct/2000:20:55:36 +0000] "-" 200 - "-" "-"\n',
  );
});

test("connections and sessions stand in it by protocol and group", () => {
  const lines = new ByteBuffer(16);
  const end = { address: "::1", port: 1, target: undefined, bytesIn: 1, bytesOut: 7, durationMs: 1 };
  new CommonLines(true).stream(lines, epochMs, "tcp", "db", { ...end, fault: "idle" });
  expect(Buffer.from(lines.bytes.subarray(0, lines.length)).toString("latin1")).toBe(
    '::1 - - [10/Oct/2000:20:55:36 +0000] "TCP db" 502 7 "-" "-"\n',
  );
});

test("nothing from outside ends a field or a line, or leaves ASCII", () => {
  expect(lineOf(true, { userAgent: 'a" 200 1 "\r\n\u001b[2J\\é€' })).toContain(
    '"a\\" 200 1 \\"\\x0d\\x0a\\x1b[2J\\\\\\xe9\\xe2\\x82\\xac"\n',
  );
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, text, text, text, (client, path, referer, userAgent) => {
      const line = lineOf(true, { client, path, referer, userAgent });
      expect(line).toMatch(
        /^[\x20-\x7e]+ - - \[[^\]]+\] "(?:[^"\\]|\\.)*" 200 2326 "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*"\n$/,
      );
      expect(line).toMatch(/^[\x20-\x7e]*\n$/);
    }),
  );
});
