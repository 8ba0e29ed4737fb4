import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeReply, encodeQuery } from "./message.ts";

const query = encodeQuery(0x1234, "web.example", "A");

/** An answer to the query with one record: its owner is a pointer to the question's name. */
function replyWith(...record: number[]): Uint8Array {
  const header = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
  return Uint8Array.from([...header, ...query.subarray(12), ...record]);
}

const pointer = [0xc0, 12];
const a = [...pointer, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 1];

test("a query is what RFC 1035 says", () => {
  expect(Buffer.from(query).toString("hex")).toBe(
    `12340100000100000000000003776562076578616d706c650000010001`,
  );
});

test("an answer is read with its name and TTL", () => {
  expect(decodeReply(replyWith(...a), query)).toEqual({
    isTruncated: false,
    rcode: 0,
    answers: [{ name: "web.example", ttlSeconds: 60, data: { type: "A", address: "10.0.0.1" } }],
    additional: [],
  });
});

test("what answers another question or has another id is no answer", () => {
  expect(decodeReply(replyWith(...a), encodeQuery(0x1235, "web.example", "A"))).toBeUndefined();
  expect(decodeReply(replyWith(...a), encodeQuery(0x1234, "web.example", "AAAA"))).toBeUndefined();
  expect(decodeReply(replyWith(...a), encodeQuery(0x1234, "web.exampel", "A"))).toBeUndefined();
  expect(decodeReply(query, query)).toBeUndefined();
});

test("a name that points at itself is refused", () => {
  expect(decodeReply(replyWith(0xc0, 29, 0, 1, 0, 1, 0, 0, 0, 60, 0, 0), query)).toBeUndefined();
});

test("damage of every kind gives no answer or a sound one, and never throws", () => {
  const whole = replyWith(...a);
  for (let length = 0; length < whole.length; length++)
    expect(decodeReply(whole.subarray(0, length), query)).toBeUndefined();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
      const damaged = Uint8Array.from(whole);
      for (const [at, value] of changes) damaged[at] = value;
      const reply = decodeReply(damaged, query);
      if (reply !== undefined) expect(reply.answers.length).toBeLessThan(whole.length);
    }),
    { numRuns: 2000 },
  );
});
