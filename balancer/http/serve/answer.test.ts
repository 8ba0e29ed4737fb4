import { expect, test } from "bun:test";
import fc from "fast-check";
import { Target } from "../../cluster/target.ts";
import { connectionOptions, headerFields, hopByHopNames } from "../../testing/header-fields.ts";
import type { Field } from "../../testing/message.ts";
import { parseResponseHead } from "../message/response-head.ts";
import { answerHeaders } from "./answer.ts";

const target = new Target("t-1", "http://t", 1, 0, 1000);

function headersOf(fields: readonly Field[], exposeTarget = false): Headers {
  const head = parseResponseHead(
    ["HTTP/1.1 200 OK", ...fields.map(([name, value]) => `${name}: ${value}`)].join("\r\n"),
    "HEAD",
  );
  if (typeof head === "string") throw new Error(head);
  return answerHeaders(head, target, exposeTarget);
}

test("drops what ends at this hop and keeps every other field in order and value", () => {
  // A transfer coding other than chunked is no valid answer, which is another rule.
  const fields = headerFields.map((all) => all.filter(([name]) => name !== "transfer-encoding"));
  fc.assert(
    fc.property(fields, fc.array(connectionOptions, { maxLength: 2 }), (plain, connections) => {
      const named = connections.flat().map((option) => option.toLowerCase());
      const lines = connections.map((options): Field => ["connection", options.join(", ")]);
      const headers = headersOf([...plain.slice(0, 2), ...lines, ...plain.slice(2)]);
      for (const name of new Set(plain.map(([each]) => each))) {
        const values = plain.filter(([each]) => each === name).map(([, value]) => value);
        const isDropped = hopByHopNames.includes(name) || named.includes(name);
        expect([name, headers.get(name)]).toEqual([name, isDropped ? null : values.join(", ")]);
      }
      expect(headers.has("connection")).toBe(false);
      expect(headers.get("via")).toBe("1.1 ballast");
    }),
  );
});

test("keeps each Set-Cookie on a line of its own", () => {
  const headers = headersOf([
    ["set-cookie", "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT"],
    ["set-cookie", "b=2"],
  ]);
  expect(headers.getSetCookie()).toEqual(["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"]);
});

test("appends itself to Via", () => {
  expect(
    headersOf([
      ["via", "1.0 first"],
      ["via", "1.1 second"],
    ]).get("via"),
  ).toBe("1.0 first, 1.1 second, 1.1 ballast");
});

test("names the target only when asked to, and lets no target claim another's name", () => {
  expect(headersOf([["x-ballast-target", "liar"]], true).get("x-ballast-target")).toBe("t-1");
  expect(headersOf([]).has("x-ballast-target")).toBe(false);
});

test("Connection can't take out the length that a HEAD answer tells", () => {
  expect(
    headersOf([
      ["connection", "content-length"],
      ["content-length", "7"],
    ]).get("content-length"),
  ).toBe("7");
});
