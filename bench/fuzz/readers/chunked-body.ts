import fc from "fast-check";
import { ChunkedBody } from "../../../balancer/http/message/chunked-body.ts";
import { chunkCorpus } from "../corpus.ts";
import { type FuzzedReader, mustHold, split } from "../reader.ts";

const words = [
  "0\r\n\r\n",
  "\r\n",
  "\n",
  "5\r\nhello\r\n",
  ";a=b",
  "ffffffff",
  "000000000000",
  "x-t: 1\r\n",
  " ",
  "\t",
];

/** Bodies in chunks, of requests and of answers. */
export const chunkedBodyReader: FuzzedReader = {
  name: "chunked-body",
  corpus: chunkCorpus,
  words,
  structured: fc
    .array(fc.constantFrom(...words, "a", "1", "f"), { maxLength: 30 })
    .map((parts) => parts.join("")),
  check(input, random) {
    const whole = read([input]);
    const parts = read(split(input, random));
    mustHold(whole.content.length <= input.length, "there is more content than there were bytes");
    mustHold(Bun.deepEquals(whole, parts), "a body in parts is read as another", [whole, parts]);
  },
};

function read(parts: readonly Buffer[]) {
  const body = new ChunkedBody();
  let content = "";
  let taken = 0;
  for (const part of parts) {
    if (body.ended || body.fault !== undefined) break;
    const end = body.read(part, 0, (bytes, from, to) => {
      content += Buffer.from(bytes.subarray(from, to)).toString("latin1");
    });
    mustHold(end <= part.length, "more was taken than there is");
    mustHold(end === part.length || body.ended || body.fault !== undefined, "it stopped in the middle");
    taken += end;
  }
  return { content, taken, ended: body.ended, isAtFault: body.fault !== undefined, trailers: body.trailers };
}
