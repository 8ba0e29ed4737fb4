import { describe, expect, test } from "bun:test";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

const codes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const controls = [...codes(0, 31), 127];
/** What no token may hold (RFC 9110 §5.6.2). */
const delimiters = Array.from('"(),/:;<=>?@[\\]{} ', (character) => character.charCodeAt(0));
const overAscii = [128, 160, 255];
const [tab, colon] = [9, 58];

/** Where a byte may stand, and which bytes may not stand there. */
const places: readonly {
  readonly place: string;
  readonly bytes: readonly number[];
  readonly text: (character: string) => string;
}[] = [
  {
    place: "a method",
    bytes: [...controls, ...delimiters, ...overAscii],
    text: (character) => `G${character}T / HTTP/1.1\r\nhost: t\r\n\r\n`,
  },
  {
    place: "a target",
    bytes: [...controls, 32, ...overAscii],
    text: (character) => `GET /a${character}b HTTP/1.1\r\nhost: t\r\n\r\n`,
  },
  {
    place: "a field's name",
    // A colon ends the name.
    bytes: [...controls, ...delimiters.filter((code) => code !== colon), ...overAscii],
    text: (character) => `GET / HTTP/1.1\r\nhost: t\r\nx${character}y: b\r\n\r\n`,
  },
  {
    place: "a field's value",
    bytes: controls.filter((code) => code !== tab),
    text: (character) => `GET / HTTP/1.1\r\nhost: t\r\nx-a: b${character}c\r\n\r\n`,
  },
  {
    place: "an empty field's value",
    bytes: controls.filter((code) => code !== tab),
    text: (character) => `GET / HTTP/1.1\r\nhost: t\r\nx-a:${character}\r\n\r\n`,
  },
  {
    place: "Host",
    bytes: [...controls.filter((code) => code !== tab), ...overAscii],
    text: (character) => `GET / HTTP/1.1\r\nhost: t${character}u\r\n\r\n`,
  },
  {
    place: "a length",
    bytes: [...controls, 32, ...codes(33, 47), ...codes(58, 126), ...overAscii],
    text: (character) => `POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 1${character}1\r\n\r\n`,
  },
  {
    place: "a coding",
    bytes: [...codes(0, 66), ...codes(68, 98), ...codes(100, 127), ...overAscii],
    text: (character) =>
      `POST / HTTP/1.1\r\nhost: t\r\ntransfer-encoding: ${character}hunked\r\n\r\n0\r\n\r\n`,
  },
];

describe("the wire edge refuses a byte that may not stand in", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  for (const { place, bytes, text } of places) {
    test(place, async () => {
      const scene = await open(ok);
      const outcomes = await Promise.all(
        bytes.map(async (code) => {
          const client = await scene.edge.client();
          client.send(text(String.fromCharCode(code)));
          const { status } = await client.answer();
          await client.closed();
          return [code, status];
        }),
      );
      expect(outcomes).toEqual(bytes.map((code) => [code, 400]));
      expect(scene.origin.connections).toEqual([]);
      const lines = await finish(scene);
      expect(lines.map(({ status, attempts }) => [status, attempts])).toEqual(bytes.map(() => [400, 0]));
    });
  }
});
