import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { closeWith, decodeFrame, encodeFrame } from "../../testing/websocket-peer.ts";
import { clientFrame, closePayload, FrameReader, maxMessageBytes } from "./frames.ts";

interface Event {
  readonly opcode: number;
  readonly payload: string;
}

/** All that a reader makes of the portions. */
function read(portions: readonly Buffer[]) {
  const reader = new FrameReader();
  const events: Event[] = [];
  const take = (opcode: number, payload: Buffer) =>
    events.push({ opcode, payload: payload.toString("latin1") });
  let isGoing = true;
  for (const portion of portions)
    isGoing = isGoing && reader.push(portion, { onMessage: take, onControl: take });
  return { events, fault: reader.fault };
}

const split = (bytes: Buffer, portionBytes: number) =>
  Array.from({ length: Math.ceil(bytes.length / portionBytes) }, (_, index) =>
    bytes.subarray(index * portionBytes, (index + 1) * portionBytes),
  );

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom(125, 126, 127, 65_535, 65_536).map((length) => new Uint8Array(length).fill(7)),
);

test("frames of any size, split anywhere, come out as they went in", () => {
  const frame = fc.record({ opcode: fc.constantFrom(1, 2), payload });
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 5 }),
      fc.integer({ min: 1, max: 70_000 }),
      (frames, portionBytes) => {
        const bytes = Buffer.concat(
          frames.map((each) => encodeFrame(each.opcode, Buffer.from(each.payload), false)),
        );
        // Byte by byte is slow for the large ones, and says nothing more.
        const portions = split(bytes, bytes.length > 1000 ? Math.max(portionBytes, 1000) : portionBytes);
        expect(read(portions)).toEqual({
          events: frames.map((each) => ({
            opcode: each.opcode,
            payload: Buffer.from(each.payload).toString("latin1"),
          })),
          fault: undefined,
        });
      },
    ),
  );
});

test("a message in fragments is joined, with control frames let through in between", () => {
  const fragments = fc.array(fc.string({ maxLength: 5 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(
      fragments,
      fc.constantFrom(1, 2),
      fc.integer({ min: 1, max: 9 }),
      (parts, opcode, portionBytes) => {
        const bytes = parts.flatMap((part, index) => [
          encodeFrame(index === 0 ? opcode : 0, part, false, index === parts.length - 1),
          encodeFrame(9, "?", false),
        ]);
        const { events, fault } = read(split(Buffer.concat(bytes), portionBytes));
        expect(fault).toBeUndefined();
        expect(events.filter((event) => event.opcode === 9)).toHaveLength(parts.length);
        const whole = events.filter((event) => event.opcode !== 9);
        expect(whole).toEqual([{ opcode, payload: Buffer.from(parts.join("")).toString("latin1") }]);
      },
    ),
  );
});

test("any bytes at all come to messages or to a fault, the same however they are split", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 60 }), (bytes, portionBytes) => {
      const buffer = Buffer.from(bytes);
      expect(read(split(buffer, portionBytes))).toEqual(read([buffer]));
    }),
    { numRuns: 500 },
  );
});

describe("a target breaks the protocol with", () => {
  for (const [what, bytes, code] of [
    ["a reserved bit", Buffer.from([0xc1, 0]), 1002],
    ["a masked frame", encodeFrame(1, "hi", true), 1002],
    ["an unknown opcode", Buffer.from([0x83, 0]), 1002],
    ["an unknown control opcode", Buffer.from([0x8b, 0]), 1002],
    ["a control frame in parts", Buffer.from([0x09, 0]), 1002],
    ["a long control frame", encodeFrame(9, "x".repeat(126), false), 1002],
    ["a continuation of nothing", encodeFrame(0, "x", false), 1002],
    [
      "a new message in the middle of one",
      Buffer.concat([encodeFrame(1, "a", false, false), encodeFrame(1, "b", false)]),
      1002,
    ],
    ["a message that is too big, before it has come", hugeHead(maxMessageBytes + 1), 1009],
    ["a length that no memory holds", hugeHead(2 ** 53 - 1), 1009],
  ] as const) {
    test(what, () => {
      expect(read([bytes]).fault?.code).toBe(code);
    });
  }
});

test("frames to a target are whole, masked, and read back the same", () => {
  fc.assert(
    fc.property(payload, fc.constantFrom(1, 2, 8, 9, 10), (content, opcode) => {
      const decoded = decodeFrame(clientFrame(opcode, content));
      expect(decoded?.frame).toEqual({
        isFinal: true,
        isMasked: true,
        opcode,
        payload: Buffer.from(content),
      });
    }),
  );
});

test("a close payload holds the code and as much of the reason as a control frame takes", () => {
  expect(closePayload(1000, "bye")).toEqual(closeWith(1000, "bye"));
  expect(closePayload(1000, "x".repeat(200))).toEqual(closeWith(1000, "x".repeat(123)));
});

function hugeHead(length: number): Buffer {
  const head = Buffer.alloc(10);
  head[0] = 0x82;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

test("a message in empty parts without end is refused", () => {
  const begun = Buffer.of(0x01, 0);
  const more = Buffer.alloc(2 * 70_000);
  expect(read([begun, ...split(more, 60_000)]).fault).toEqual({
    code: 1009,
    reason: "message in too many parts",
  });
});
