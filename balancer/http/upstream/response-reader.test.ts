import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ResponseHead } from "../message/response-head.ts";
import { type Progress, ResponseReader } from "./response-reader.ts";

interface Reading {
  readonly progress: Progress;
  readonly status: number | undefined;
  /** Statuses of interim answers. */
  readonly interim: readonly number[];
  readonly body: string;
  readonly trailers: readonly string[];
  readonly leftover: string;
  readonly fault: string | undefined;
}

/** Reads one answer from the portions; what comes after its end counts as left over. */
function read(portions: readonly Buffer[], method = "GET", reader = new ResponseReader()): Reading {
  let head: ResponseHead | undefined;
  const body: Buffer[] = [];
  const interim: number[] = [];
  const trailers: string[] = [];
  const listener = {
    onInterim(read: ResponseHead) {
      if (head !== undefined) throw new Error("an interim answer behind the final one");
      interim.push(read.status);
    },
    onTrailers(fields: readonly string[]) {
      trailers.push(...fields);
    },
    onHead(read: ResponseHead) {
      if (head !== undefined) throw new Error("a second head");
      head = read;
    },
    onBody(bytes: Uint8Array, from: number, to: number) {
      if (head === undefined) throw new Error("a body before the head");
      if (to <= from) throw new Error("an empty part");
      body.push(Buffer.from(bytes.subarray(from, to)));
    },
  };
  reader.begin(method);
  let progress: Progress = "reading";
  let leftover = "";
  for (const portion of portions) {
    if (progress !== "reading") {
      leftover += portion.toString("latin1");
      continue;
    }
    progress = reader.push(portion, listener);
    leftover += progress === "invalid" ? "" : (reader.leftover?.toString("latin1") ?? "");
  }
  if (progress === "reading") progress = reader.closed();
  return {
    progress,
    status: (head as ResponseHead | undefined)?.status,
    interim,
    body: Buffer.concat(body).toString("latin1"),
    trailers,
    leftover: progress === "invalid" ? "" : leftover,
    fault: reader.fault,
  };
}

const bytesOf = (text: string) => Buffer.from(text, "latin1");

interface Message {
  readonly method?: string;
  readonly text: string;
  /** What differs from a complete 200 without a body. */
  readonly expected: Partial<Reading>;
}

const messages: Readonly<Record<string, Message>> = {
  "by length": { text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", expected: { body: "hello" } },
  "by length, with more behind": {
    text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n",
    expected: { body: "hello", leftover: "HTTP/1.1 200 OK\r\n\r\n" },
  },
  "in chunks": {
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nx-t: 1\r\n\r\nmore",
    expected: { body: "hello0123456789", trailers: ["x-t", "1"], leftover: "more" },
  },
  "in chunks with padded sizes": {
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5   \r\nhello\r\n0\t \r\n\r\n",
    expected: { body: "hello" },
  },
  "in chunks with a size in two": {
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 0\r\nh\r\n0\r\n\r\n",
    expected: { progress: "invalid", fault: "byte 48 behind a chunk size" },
  },
  "without a length": { text: "HTTP/1.1 200 OK\r\n\r\nto the end", expected: { body: "to the end" } },
  "after interim ones": {
    text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    expected: { interim: [103], body: "hi" },
  },
  "to HEAD": { method: "HEAD", text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", expected: {} },
  "204": { text: "HTTP/1.1 204 No Content\r\n\r\n", expected: { status: 204 } },
  "304": { text: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", expected: { status: 304 } },
  "101": {
    text: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nbytes of x",
    expected: { progress: "switched", status: 101, leftover: "bytes of x" },
  },
  "without a reason": { text: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", expected: {} },
  "cut off": {
    text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
    expected: { progress: "invalid", body: "hel", fault: "closed in the middle of an answer" },
  },
  "cut off in a chunk": {
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    expected: { progress: "invalid", body: "hel", fault: "closed in the middle of an answer" },
  },
  "a bad chunk": {
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n",
    expected: {
      progress: "invalid",
      body: "hello",
      fault: "byte 10 where CR was expected in a chunked body",
    },
  },
  "no answer": {
    text: "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    expected: { progress: "invalid", status: undefined, fault: 'an answer that begins with "SSH-"' },
  },
  nothing: {
    text: "",
    expected: { progress: "invalid", status: undefined, fault: "closed before an answer" },
  },
};

const complete: Reading = {
  progress: "complete",
  status: 200,
  interim: [],
  body: "",
  trailers: [],
  leftover: "",
  fault: undefined,
};

describe("an answer", () => {
  for (const [what, { method, text, expected }] of Object.entries(messages)) {
    test(`is the same wherever its bytes are split: ${what}`, () => {
      const bytes = bytesOf(text);
      const whole = { ...complete, ...expected };
      expect(read([bytes], method)).toEqual(whole);
      for (let at = 0; at <= bytes.length; at++) {
        expect(read([bytes.subarray(0, at), bytes.subarray(at)], method)).toEqual(whole);
      }
      expect(
        read(
          Array.from(bytes, (byte) => Buffer.from([byte])),
          method,
        ),
      ).toEqual(whole);
    });
  }

  test("of any content and framing is read as it was written, one after another on a connection", () => {
    const content = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)),
      maxLength: 200,
    });
    const message = fc.record({
      content,
      chunkSizes: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 4 }),
        fc.integer({ min: 1, max: 64 }),
        (all, portionBytes) => {
          const reader = new ResponseReader();
          for (const { content, chunkSizes } of all) {
            const bytes = bytesOf(
              chunkSizes.length === 0 ? withLength(content) : inChunks(content, chunkSizes),
            );
            const portions: Buffer[] = [];
            for (let at = 0; at < bytes.length; at += portionBytes)
              portions.push(bytes.subarray(at, at + portionBytes));
            const reading = read(portions, "GET", reader);
            const trailers = chunkSizes.length === 0 ? [] : ["x-t", "1"];
            expect(reading).toEqual({ ...complete, body: content, trailers });
          }
        },
      ),
    );
  });

  test("of any bytes at all comes to an end, with a fault or without", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "HTTP/1.1 200 OK",
        "\r\n",
        "\r\n\r\n",
        "content-length: 3",
        "transfer-encoding: chunked",
        "0",
        "5",
        ":",
        "\n",
        "HTTP/1.1 100 C",
      ),
      fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)), maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(), (pieces, cut) => {
        const bytes = bytesOf(pieces.join(""));
        const at = bytes.length === 0 ? 0 : cut % bytes.length;
        const whole = read([bytes]);
        expect(whole.fault === undefined).toBe(
          whole.progress === "complete" || whole.progress === "switched",
        );
        expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });
});

for (const [what, text, fault] of [
  ["of another protocol", "SSH-2.0-OpenSSH_9.2\r\n", 'an answer that begins with "SSH-"'],
  ["of bare line feeds", "HTTP/1.1 200 OK\ncontent-length: 2\n\nhi", "a head of bare line feeds"],
] as const) {
  test(`an answer ${what} is given up before its head ends, wherever its bytes are split`, () => {
    for (let at = 1; at <= text.length; at++) {
      const { progress, fault: found } = read([Buffer.from(text.slice(0, at)), Buffer.from(text.slice(at))]);
      expect([progress, found]).toEqual(["invalid", fault]);
    }
  });
}

test("a head without an end is given up at 64 KiB", () => {
  const reader = new ResponseReader();
  const listener = { onInterim() {}, onHead() {}, onBody() {}, onTrailers() {} };
  reader.begin("GET");
  let progress: Progress = reader.push(bytesOf("HTTP/1.1 200 OK\r\n"), listener);
  let sent = 0;
  for (; progress === "reading" && sent < 200_000; sent += 1000)
    progress = reader.push(bytesOf("x".repeat(1000)), listener);
  expect([progress, sent]).toEqual(["invalid", 66_000]);
});

function withLength(content: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${content.length}\r\n\r\n${content}`;
}

function inChunks(content: string, sizes: readonly number[]): string {
  let text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
  let at = 0;
  for (let index = 0; at < content.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    const chunk = content.slice(at, at + size);
    text += `${chunk.length.toString(16)};ext\r\n${chunk}\r\n`;
    at += size;
  }
  return `${text}0\r\nX-T:  1 \r\n\r\n`;
}
