import fc from "fast-check";

/** A message as a reader should see it. */
export interface SeenMessage {
  readonly method: string;
  readonly target: string;
  /** Latin-1. */
  readonly body: string;
}

/** For tests: what one client sends over one connection. */
export interface Stream {
  /** Latin-1. */
  readonly text: string;
  /** Where the client's writes are split, as fractions of the text. */
  readonly cuts: readonly number[];
}

/** The writes that make up a stream, none of them empty. */
export function partsOf({ text, cuts }: Stream): string[] {
  const ends = [...new Set(cuts.map((cut) => Math.floor(cut * text.length)))].sort((a, b) => a - b);
  return [...ends, text.length].map((end, index) => text.slice(ends[index - 1] ?? 0, end)).filter(Boolean);
}

/** Ends every stream: a reader that has lost count of the bytes before does not see it as it is. */
const lastMessage: SeenMessage = { method: "GET", target: "/end", body: "" };
/** {@link lastMessage} as it is sent. */
export const lastText = "GET /end HTTP/1.1\r\nhost: t\r\n\r\n";

/** Somewhere in a text; all places are as likely, where fast-check would prefer the ends. */
export const places = fc.noBias(fc.nat(9999)).map((at) => at / 10_000);
export const cutLists = fc.array(places, { maxLength: 3 });

const methods = fc.constantFrom("GET", "POST", "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH");
const targets = fc.constantFrom("/", "/a", "/a/b?c=d", "/%20;e=f", "/?", "/a?b=/../c");
const bodies = fc.oneof(
  fc.string({ maxLength: 12, unit: fc.constantFrom(..."ab0\r\n :") }),
  // A body that is a request to whoever takes it for one.
  fc.constantFrom("GET /smuggled HTTP/1.1\r\nhost: t\r\n\r\n", "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n"),
);
const chunkLists = fc.array(
  bodies.filter((body) => body !== ""),
  { maxLength: 3 },
);

/** A message in parts, so that each can be spoilt. */
export interface Message {
  readonly seen: SeenMessage;
  readonly startLine: string;
  readonly lines: readonly string[];
  readonly bodyText: string;
}

/** What may be said of a size without changing it. */
const sizes: readonly ((size: number) => string)[] = [
  (size) => size.toString(16),
  (size) => size.toString(16).toUpperCase(),
  (size) => `00${size.toString(16)}`,
  (size) => `${size.toString(16)};x=y`,
];

const plainLines = fc.constantFrom(
  "x-a: b",
  "X-Empty:",
  "accept: */*",
  "cookie: a=1; b=2",
  "connection: keep-alive",
  "x-utf8: voil\xc3\xa0",
  "te: trailers",
  "x-tab:\tb\t",
);

const goodHosts = fc.constantFrom("host: t", "Host:t", "HOST: \tt ", "host: t:80");

export function textOf({ startLine, lines, bodyText }: Message): string {
  return `${[startLine, ...lines].join("\r\n")}\r\n\r\n${bodyText}`;
}

/** A request that every reader has to take, and take alike. */
export const soundMessages: fc.Arbitrary<Message> = fc
  .record({
    method: methods,
    target: targets,
    host: goodHosts,
    fields: fc.array(plainLines, { maxLength: 2 }),
    framing: fc.constantFrom("none", "length", "chunks"),
    body: bodies,
    chunks: chunkLists,
    size: fc.constantFrom(...sizes),
    trailers: fc.constantFrom("", "", "", "x-t: 1\r\n"),
    coding: fc.constantFrom("transfer-encoding: chunked", "Transfer-Encoding:Chunked"),
  })
  .map(({ method, target, host, fields, framing, body, chunks, size, trailers, coding }) => {
    const startLine = `${method} ${target} HTTP/1.1`;
    const message = (line: string[], bodyText: string, content: string): Message => ({
      seen: { method, target, body: content },
      startLine,
      lines: [host, ...fields, ...line],
      bodyText,
    });
    if (framing === "none") return message([], "", "");
    if (framing === "length") return message([`content-length: ${body.length}`], body, body);
    const parts = chunks.map((chunk) => `${size(chunk.length)}\r\n${chunk}\r\n`);
    return message([coding], `${parts.join("")}${size(0)}\r\n${trailers}\r\n`, chunks.join(""));
  });

/** Some of them twice in a row: a head that a reader has just seen. */
export const withRepeats = <Each>(each: fc.Arbitrary<Each>): fc.Arbitrary<Each[]> =>
  fc
    .array(fc.tuple(each, fc.constantFrom(1, 1, 2)), { minLength: 1, maxLength: 3 })
    .map((drawn) => drawn.flatMap(([one, times]) => new Array<Each>(times).fill(one)));

/** Streams without a fault, and what every reader has to see in them. */
export const soundStreams: fc.Arbitrary<Stream & { readonly seen: readonly SeenMessage[] }> = fc
  .record({ messages: withRepeats(soundMessages), cuts: cutLists })
  .map(({ messages, cuts }) => ({
    text: messages.map(textOf).join("") + lastText,
    cuts,
    seen: [...messages.map(({ seen }) => seen), lastMessage],
  }));
