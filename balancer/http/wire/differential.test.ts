import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ofBun, ofLlhttp } from "../../testing/differential/allowances.ts";
import { damagedStreams } from "../../testing/differential/damage.ts";
import { difference } from "../../testing/differential/difference.ts";
import {
  type Reader,
  startBunReader,
  startEdgeReader,
  startNodeReader,
} from "../../testing/differential/readers.ts";
import { type Reading, readStreams } from "../../testing/differential/reading.ts";
import { type Stream, soundStreams } from "../../testing/differential/stream.ts";
import { startWireEdge } from "./wire-edge.ts";

/**
 * No message on which two readers take different bounds: the wire edge, llhttp and `Bun.serve` are fed the
 * same bytes. With `BALLAST_FUZZ_RUNS=1000` it draws as many batches instead of a few, by a new seed, which
 * it prints; `BALLAST_FUZZ_SEED` gives the same ones again.
 */
const longRuns = process.env.BALLAST_FUZZ_RUNS;
const numRuns = Number(longRuns ?? 20);
const seed = Number(process.env.BALLAST_FUZZ_SEED ?? (longRuns === undefined ? 20_261 : Date.now() % 1e9));
const timeoutMs = 30_000 + numRuns * 1000;
/** Short of the test's own time, so that what was found until then is shown. */
const parameters = { numRuns, seed, interruptAfterTimeLimit: timeoutMs - 5000 };
if (longRuns !== undefined) console.log(`BALLAST_FUZZ_SEED=${seed}`);

let edge: Reader;
let bun: Reader;
let node: Reader | string;
beforeAll(async () => {
  [edge, node] = await Promise.all([startEdgeReader("wire", startWireEdge), startNodeReader()]);
  bun = startBunReader();
  if (typeof node === "string") console.log(`not compared with llhttp: ${node}`);
});
afterAll(async () => {
  await Promise.all([edge.stop(), bun.stop(), typeof node === "string" ? undefined : node.stop()]);
});

/** Streams that are sent at the same time. */
const batches = <Each>(streams: fc.Arbitrary<Each>) =>
  fc.array(streams, { minLength: 1, maxLength: 120, size: "max" });

describe("the wire edge, llhttp and Bun.serve", () => {
  test(
    "take sound messages as they are",
    async () => {
      const property = fc.asyncProperty(batches(soundStreams), async (streams) => {
        const readings = await readStreams(edge, streams);
        const expected = streams.map(({ seen }) => ({ messages: seen, end: "open" }));
        expect<unknown>(readings).toEqual(expected);
      });
      await fc.assert(property, parameters);
    },
    timeoutMs,
  );

  test(
    "see the same bounds in damaged ones",
    async () => {
      const count = { taken: 0, refused: 0 };
      const property = fc.asyncProperty(batches(damagedStreams), async (streams) => {
        const others = typeof node === "string" ? [bun] : [bun, node];
        const [ours, ...theirs] = await Promise.all(
          [edge, ...others].map((reader) => readStreams(reader, streams)),
        );
        for (const [at, stream] of streams.entries()) {
          for (const [index, other] of others.entries()) {
            const [mine, reading] = [ours?.[at], theirs[index]?.[at]];
            if (mine === undefined || reading === undefined) throw new Error("a stream without a reading");
            count.taken += mine.messages.length;
            count.refused += Number(mine.end === "refused");
            const found = difference(stream, mine, reading, other, other === bun ? ofBun : ofLlhttp);
            if (found !== undefined) throw new Error(`${found}\nin ${JSON.stringify(stream.text)}`);
          }
        }
      });
      await fc.assert(property, parameters);
      // Neither is the damage so heavy that nothing is compared, nor so light that nothing is refused.
      expect(Math.min(count.taken, count.refused)).toBeGreaterThan(numRuns * 10);
    },
    timeoutMs,
  );
});

/** Bytes behind the last request come too late for an orderly close when they come by themselves. */
const withoutReset = (readings: readonly Reading[]) =>
  readings.map((reading) => (reading.end === "reset" ? { ...reading, end: "closed" } : reading));

/** The same bytes in one piece, and in pieces. */
describe("what the wire edge sees in a stream", () => {
  const whole = (text: string): Stream => ({ text, cuts: [] });

  test(
    "does not depend on how it is split",
    async () => {
      const property = fc.asyncProperty(batches(damagedStreams), async (streams) => {
        const inOne = await readStreams(
          edge,
          streams.map(({ text }) => whole(text)),
        );
        expect<unknown>(withoutReset(await readStreams(edge, streams))).toEqual(withoutReset(inOne));
      });
      await fc.assert(property, { ...parameters, seed: seed + 1 });
    },
    timeoutMs,
  );

  for (const [title, text] of [
    [
      "sound requests",
      "POST /1 HTTP/1.1\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nx-t: 1\r\n\r\n" +
        "PUT http://t/2 HTTP/1.1\r\nHost:t\r\ncontent-length: 5\r\n\r\nhelloGET /3 HTTP/1.1\r\nhost: t\r\n\r\n",
    ],
    ["a bad chunk", "POST / HTTP/1.1\r\nhost: t\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\n0\r\n\r\n"],
    ["a bare LF", "GET /1 HTTP/1.1\r\nhost: t\r\n\r\nGET /2 HTTP/1.1\r\nhost: t\nx-a: b\r\n\r\n"],
    ["a bare CR", "GET /1 HTTP/1.1\r\nhost: t\r\nx-a: b\rc\r\n\r\n"],
    ["two lengths", "POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nhi"],
    ["another version", "GET / HTTP/2.0\r\nhost: t\r\n\r\n"],
    ["no version", "GET /\r\nhost: t\r\n\r\n"],
  ] as const) {
    test(`does not depend on where it is split: ${title}`, () => expectSameEverywhere(text));
  }

  test("does not depend on where it is split: an empty line before a request", () =>
    expectSameEverywhere("\r\nGET /1 HTTP/1.1\r\nhost: t\r\n\r\n\r\n\r\nGET /2 HTTP/1.1\r\nhost: t\r\n\r\n"));
});

/** Split in two at each byte, and into single bytes. */
async function expectSameEverywhere(text: string): Promise<void> {
  const [inOne] = await readStreams(edge, [{ text, cuts: [] }]);
  const everywhere = Array.from({ length: text.length - 1 }, (_, index) => ({
    text,
    cuts: [(index + 1.5) / text.length],
  }));
  const byteByByte = { text, cuts: everywhere.flatMap(({ cuts }) => cuts) };
  const readings = await readStreams(edge, [...everywhere, byteByByte]);
  expect<unknown>(readings).toEqual(readings.map(() => inOne));
}
