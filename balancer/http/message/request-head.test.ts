import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ByteBuffer } from "../../byte-buffer.ts";
import { connectionOptions, headerFields, hopByHopNames } from "../../testing/header-fields.ts";
import { readHead, valuesOf } from "../../testing/message.ts";
import { type BodyLength, clientAddress, type RequestLine, writeRequestHead } from "./request-head.ts";

const line: RequestLine = {
  method: "GET",
  target: "/a?b",
  host: "h",
  ownHost: "own",
  peerAddress: "192.0.2.1",
  scheme: "https",
  isPeerTrusted: false,
  isTraced: false,
  traceParent: undefined,
};

function headOf(fields: Headers, more: Partial<RequestLine> = {}, body?: BodyLength) {
  const written = new ByteBuffer(64);
  writeRequestHead(written, { ...line, host: fields.get("host") ?? "", ...more }, fields, body);
  const head = readHead(Buffer.from(written.copy()));
  if (head === undefined) throw new Error("the head has no end");
  return head;
}

test("drops what ends at this hop and keeps every other field in value", () => {
  fc.assert(
    fc.property(headerFields, connectionOptions, (plain, options) => {
      const fields = new Headers({ host: "shop.example" });
      for (const [name, value] of plain) fields.append(name, value);
      if (options.length > 0) fields.append("connection", options.join(", "));
      const head = headOf(fields);
      const named = options.map((option) => option.toLowerCase());
      expect(head.startLine).toBe("GET /a?b HTTP/1.1");
      for (const name of new Set(plain.map(([each]) => each))) {
        const isDropped = hopByHopNames.includes(name) || named.includes(name);
        // An empty value at the end of the joined ones leaves a blank there, which is none of the value.
        const expected = isDropped ? [] : [fields.get(name)?.replace(/[\t ]+$/, "") ?? ""];
        expect([name, valuesOf(head, name)]).toEqual([name, expected]);
      }
      expect(valuesOf(head, "connection")).toEqual([]);
      expect(valuesOf(head, "host")).toEqual(["shop.example"]);
      expect(valuesOf(head, "x-forwarded-host")).toEqual(["shop.example"]);
    }),
  );
});

describe("the body's framing", () => {
  test("is the edge's word, never the client's", () => {
    const claims = new Headers({ host: "h", "content-length": "7", "transfer-encoding": "gzip" });
    const framing = (body: BodyLength) => {
      const head = headOf(claims, {}, body);
      return [...valuesOf(head, "content-length"), ...valuesOf(head, "transfer-encoding")];
    };
    expect(framing(undefined)).toEqual([]);
    expect(framing(0)).toEqual(["0"]);
    expect(framing(12)).toEqual(["12"]);
    expect(framing("chunked")).toEqual(["chunked"]);
  });

  test("survives a Connection that names it", () => {
    const head = headOf(new Headers({ host: "h", connection: "host, content-length" }), {}, 3);
    expect([valuesOf(head, "host"), valuesOf(head, "content-length")]).toEqual([["h"], ["3"]]);
  });
});

describe("the client's address", () => {
  const isTrusted = (address: string) => address.startsWith("10.");
  for (const [what, peer, forwardedFor, expected] of [
    ["a stranger's own, whatever it claims", "192.0.2.1", "203.0.113.7", "192.0.2.1"],
    ["a trusted proxy's own when it names nobody", "10.0.0.1", null, "10.0.0.1"],
    [
      "the last one that no trusted proxy has added",
      "10.0.0.1",
      "1.1.1.1, 203.0.113.7, 10.0.0.2",
      "203.0.113.7",
    ],
    ["the first when all are trusted", "10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"],
  ] as const) {
    test(`is ${what}`, () => {
      expect(clientAddress(peer, forwardedFor, isTrusted)).toBe(expected);
    });
  }
});
