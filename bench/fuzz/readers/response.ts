import fc from "fast-check";
import { type ResponseListener, ResponseReader } from "../../../balancer/http/upstream/response-reader.ts";
import { answerCorpus } from "../corpus.ts";
import { type FuzzedReader, mustHold, split } from "../reader.ts";

const words = [
  "\r\n",
  "\n",
  "\r\n\r\n",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 204 X\r\n",
  "content-length: 5\r\n",
  "transfer-encoding: chunked\r\n",
  "connection: close\r\n",
  "5\r\nhello\r\n",
  "0\r\n\r\n",
  "hello",
  ":",
  " ",
];
const methods = ["GET", "HEAD", "POST"];

/** Answers of targets. */
export const responseReader: FuzzedReader = {
  name: "response",
  corpus: answerCorpus,
  words,
  structured: fc.array(fc.constantFrom(...words), { maxLength: 20 }).map((parts) => parts.join("")),
  check(input, random) {
    const method = methods[Math.floor(random() * methods.length)] ?? "GET";
    const whole = read([input], method);
    const parts = read(split(input, random), method);
    mustHold(Bun.deepEquals(whole, parts), "an answer in parts is read as another", [whole, parts]);
    mustHold(whole.content.length <= input.length, "there is more content than there were bytes");
    for (const line of whole.lines)
      mustHold(/^[\t -~\x80-\xff]*$/.test(line), "a line would split the answer", line);
  },
};

function read(parts: readonly Buffer[], method: string) {
  const reader = new ResponseReader();
  reader.begin(method);
  const lines: string[] = [];
  let content = "";
  let heads = 0;
  let trailers: readonly string[] = [];
  const listener: ResponseListener = {
    onInterim: (head) => lines.push(...head.lines),
    onHead(head) {
      heads++;
      lines.push(head.reason, ...head.lines);
    },
    onBody(bytes, from, to) {
      content += Buffer.from(bytes.subarray(from, to)).toString("latin1");
    },
    onTrailers(fields) {
      trailers = [...fields];
    },
  };
  let progress = parts.length === 0 ? "reading" : "";
  let rest = 0;
  for (const [index, part] of parts.entries()) {
    progress = reader.push(part, listener);
    if (progress === "reading") continue;
    const behind = parts.slice(index + 1).reduce((sum, { length }) => sum + length, 0);
    rest = progress === "invalid" ? 0 : (reader.leftover?.length ?? 0) + behind;
    break;
  }
  mustHold(heads <= 1, "an answer has two heads");
  return { progress, heads, lines, content, trailers, rest };
}
