import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Method } from "./response-head.ts";
import { type Progress, ResponseReader } from "./response-reader.ts";

/** Everything visible of a reader after the portions have been fed and the peer has closed. */
function read(portions: readonly Buffer[], method: Method = "GET") {
  const reader = new ResponseReader();
  reader.begin(method);
  let progress: Progress = "reading";
  let excessPortions = 0;
  for (const portion of portions) {
    if (progress === "reading") progress = reader.push(portion);
    else excessPortions += portion.length;
  }
  if (progress === "reading") progress = reader.close();
  const { head, fault, bodyBytes, body } = reader;
  return {
    progress,
    head,
    fault,
    bodyBytes,
    body: body.toString(),
    excess: reader.excessBytes + excessPortions,
  };
}

const readWhole = (text: string, method?: Method) => read([Buffer.from(text)], method);
const cut = (bytes: Buffer, offsets: readonly number[]) =>
  [0, ...offsets].map((from, index) => bytes.subarray(from, offsets[index] ?? bytes.length));

const responses = {
  "content-length": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  "no body": "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Ballast-Target: i-1\r\n\r\n",
  chunked:
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;x=1\r\nhello\r\n00a\r\n, world!!!\r\n0\r\nTrailer: 1\r\n\r\n",
  "close-delimited": "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end",
  interim:
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
  excess: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
};

describe("a response split anywhere reads like the whole one", () => {
  for (const [name, text] of Object.entries(responses)) {
    test(`${name}: at every single byte boundary`, () => {
      const bytes = Buffer.from(text);
      const whole = read([bytes]);
      expect(whole.progress).toBe("complete");
      for (let at = 1; at < bytes.length; at++) expect(read(cut(bytes, [at]))).toEqual(whole);
      expect(read(cut(bytes, [...bytes.keys()].slice(1)))).toEqual(whole);
    });
  }

  test("generated bodies, framings and cuts", () => {
    const content = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(content, fc.boolean(), fc.array(fc.nat(400)), (body, chunked, rawCuts) => {
        const head = chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`;
        const framed = chunked ? chunk(body, 7) : body;
        const bytes = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`), framed]);
        const cuts = [...new Set(rawCuts)].filter((at) => at > 0 && at < bytes.length).sort((a, b) => a - b);
        const result = read(cut(bytes, cuts));
        expect(result).toMatchObject({ progress: "complete", bodyBytes: body.length, excess: 0 });
        expect(result.body).toBe(body.toString());
      }),
    );
  });

  test("bytes that are no response never throw", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (portions) => {
        const result = read([
          Buffer.from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
          ...portions.map((bytes) => Buffer.from(bytes)),
        ]);
        expect(["complete", "invalid"]).toContain(result.progress);
      }),
    );
  });
});

/** Chunked coding with chunks of `size` bytes. */
function chunk(body: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

describe("responses without a body", () => {
  test("HEAD has none whatever its content-length", () => {
    const response = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n";
    expect(readWhole(response, "HEAD")).toMatchObject({ progress: "complete", bodyBytes: 0 });
    expect(readWhole(response)).toMatchObject({ progress: "invalid" });
  });

  test.each([204, 304])("%d", (status) => {
    const result = readWhole(`HTTP/1.1 ${status} x\r\nContent-Length: 9\r\n\r\n`);
    expect(result).toMatchObject({ progress: "complete", bodyBytes: 0 });
  });
});

describe("keep-alive", () => {
  test.each([
    ["HTTP/1.1 200 OK\r\nContent-Length: 0", true],
    ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close", false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 0", false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive", true],
    ["HTTP/1.1 200 OK", false],
  ])("%j → %p", (head, keepAlive) => {
    expect(readWhole(`${head}\r\n\r\n`).head?.keepAlive).toBe(keepAlive);
  });
});

describe("what is no response is refused by name", () => {
  test.each([
    ["SSH-2.0-OpenSSH_9\r\n\r\n", "status line"],
    ["HTTP/2 200\r\n\r\n", "status line"],
    ["HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx", "header line"],
    ["HTTP/1.1 200 OK\r\n folded: 1\r\n\r\n", "header line"],
    ["HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\nx", "status line"],
    ["HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", "content-length"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "two content-lengths"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "both"],
    ["HTTP/1.1 101 Switching Protocols\r\n\r\n", "101"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "chunk size"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n", "CR was expected"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\n", "in a chunk size"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "middle of a response"],
    ["", "before a response"],
  ])("%j", (text, fault) => {
    const result = readWhole(text);
    expect(result.progress).toBe("invalid");
    expect(result.fault).toContain(fault);
  });

  test("a head without end", () => {
    expect(readWhole(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(70_000)}`).fault).toContain("head of over");
  });
});

test("only the first 64 KiB of a body are kept, all of it is counted", () => {
  const result = readWhole(`HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${"a".repeat(100_000)}`);
  expect(result.bodyBytes).toBe(100_000);
  expect(result.body).toHaveLength(65_536);
});
