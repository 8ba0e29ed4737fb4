import fc from "fast-check";
import { FrameReader } from "../../../balancer/http/websocket/frames.ts";
import { type FuzzedReader, mustHold, split } from "../reader.ts";

/** Frames of WebSockets, from targets of the serve edge. */
export const websocketReader: FuzzedReader = {
  name: "websocket",
  corpus: [
    "\x81\x05hello",
    "\x01\x03hel\x80\x02lo",
    "\x89\0\x8a\0",
    "\x88\x02\x03\xe8",
    `\x82\x7e\x01\0${"x".repeat(256)}`,
    "\x82\x7f\0\0\0\0\0\0\0\x01x",
  ],
  words: [
    "\x81",
    "\x01",
    "\x80",
    "\0",
    "\x88",
    "\x89",
    "\x7e\0\x05",
    "\x7f\0\0\0\0\0\0\0\x05",
    "\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
    "hello",
    "\x85",
  ],
  structured: fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  check(input, random) {
    const whole = read([input]);
    const parts = read(split(input, random));
    mustHold(Bun.deepEquals(whole, parts), "frames in parts are read as others", [whole, parts]);
  },
};

function read(parts: readonly Buffer[]) {
  const reader = new FrameReader();
  const seen: string[] = [];
  const take = (kind: string) => (opcode: number, payload: Buffer) => {
    seen.push(`${kind} ${opcode} ${payload.toString("latin1")}`);
  };
  const listener = { onMessage: take("message"), onControl: take("control") };
  for (const part of parts) if (!reader.push(part, listener)) break;
  return { seen, fault: reader.fault };
}
