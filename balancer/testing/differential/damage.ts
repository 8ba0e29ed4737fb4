import fc from "fast-check";
import {
  cutLists,
  lastText,
  type Message,
  places,
  type Stream,
  soundMessages,
  textOf,
  withRepeats,
} from "./stream.ts";

/** Lines and start lines that a smuggler tries. */
const suspectLines = fc.constantFrom(
  ...[
    "content-length: 5",
    "content-length: 0",
    "content-length: +5",
    "content-length: 05",
    "content-length: 5, 5",
  ],
  ...[
    "content-length:",
    "content-length: 5 5",
    "content-length: 0x5",
    "content-length : 5",
    "content-length: -0",
  ],
  ...["content-length: 4294967301", "content-length: 18446744073709551621", "content-length:\x0b5"],
  ...["transfer-encoding: chunked", "transfer-encoding: identity", "transfer-encoding: gzip, chunked"],
  ...["transfer-encoding: chunked, identity", "transfer-encoding: xchunked", "transfer-encoding:\tchunked"],
  ...["transfer-encoding : chunked", "transfer-encoding: chunked,", "transfer-encoding:\x0bchunked"],
  ...['transfer-encoding: "chunked"', "transfer-encoding\x00: chunked", "transfer-encoding: chunked\x00"],
  ...["transfer_encoding: chunked", "x: y\ntransfer-encoding: chunked", "x: y\rtransfer-encoding: chunked"],
  ...[
    " transfer-encoding: chunked",
    "x-a: b\r\n c",
    "x-a: b\r\n\tcontent-length: 5",
    "\x00x: y",
    ": y",
    "x y: z",
  ],
  ...["host: u", "host: t", "host: t, u", "host: me@t", "connection: close", "connection: content-length"],
  ...["connection: keep-alive, close", "expect: 100-continue", "x-a", "x-a: b\x7f", "x-\xe4: b"],
);
const suspectStarts = fc.constantFrom(
  ...["GET / HTTP/1.0", "POST / HTTP/1.0", "GET / HTTP/1.2", "GET /", "GET / HTTP/1.1 ", "GET  / HTTP/1.1"],
  ...[
    "GET /a b HTTP/1.1",
    "GET http://t/a HTTP/1.1",
    "GET http://u/a HTTP/1.1",
    "GET a HTTP/1.1",
    "get / HTTP/1.1",
  ],
  ...["OPTIONS * HTTP/1.1", "\r\nGET / HTTP/1.1", "\nGET / HTTP/1.1", " GET / HTTP/1.1", "GET\t/\tHTTP/1.1"],
  ...["GET / http/1.1", "PURGE / HTTP/1.1", "GET /\x00 HTTP/1.1", "GET /\xe4 HTTP/1.1", "GET /#f HTTP/1.1"],
);

/** Each keeps the digits, and changes what they mean to a reader that is not strict. */
const sizeSpoils = fc.constantFrom<((digits: string) => string)[]>(
  (digits) => `1${digits.padStart(8, "0")}`,
  (digits) => `1${digits.padStart(16, "0")}`,
  (digits) => `0x${digits}`,
  (digits) => `+${digits}`,
  (digits) => `-${digits}`,
  (digits) => ` ${digits}`,
  (digits) => `${digits} `,
  (digits) => `${digits}\t`,
  (digits) => `${digits}\r`,
  (digits) => `${digits}_0`,
  (digits) => `${digits};a\nb`,
);

type Spoil = (message: Message) => Message;

/** Sound by themselves, and besides another one the classic of request smuggling (RFC 9112 §11.2). */
const framingLines = fc.constantFrom("content-length: 5", "content-length: 0", "transfer-encoding: chunked");

const spoils: fc.Arbitrary<Spoil> = fc.oneof(
  fc.tuple(fc.oneof(framingLines, suspectLines), fc.nat(4)).map(
    ([line, at]): Spoil =>
      (message) => ({ ...message, lines: message.lines.toSpliced(at, 0, line) }),
  ),
  suspectStarts.map(
    (startLine): Spoil =>
      (message) => ({ ...message, startLine }),
  ),
  // The size of a body's first chunk, if it has one.
  sizeSpoils.map(
    (spoilt): Spoil =>
      (message) => ({ ...message, bodyText: message.bodyText.replace(/^[\da-f]+/i, spoilt) }),
  ),
  fc.nat(3).map(
    (at): Spoil =>
      (message) => ({ ...message, lines: message.lines.toSpliced(at, 1) }),
  ),
);

const inserted = fc.oneof(
  fc.constantFrom(
    "\r",
    "\n",
    "\0",
    "\t",
    " ",
    ":",
    ",",
    ";",
    "0",
    "1",
    "g",
    "-",
    "+",
    "\x0b",
    "\x85",
    "\xa0",
    "_",
  ),
  fc.constantFrom(
    "\r\n",
    "\r\n\r\n",
    "\n\n",
    "\r\r\n",
    "\r\n ",
    "0\r\n\r\n",
    "\r\n0\r\n\r\n",
    "chunked",
    "HTTP/1.1",
  ),
);

/** One change of a text, at a place given as a fraction of it. */
type Change = (text: string) => string;
const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(places, inserted).map(
    ([place, part]): Change =>
      (text) =>
        spliced(text, place, 0, part),
  ),
  fc.tuple(places, fc.integer({ min: 1, max: 4 })).map(
    ([place, count]): Change =>
      (text) =>
        spliced(text, place, count, ""),
  ),
  fc.tuple(places, inserted).map(
    ([place, part]): Change =>
      (text) =>
        spliced(text, place, 1, part),
  ),
  fc.tuple(places, fc.integer({ min: 1, max: 30 })).map(
    ([place, count]): Change =>
      (text) => {
        const at = Math.floor(place * text.length);
        return text.slice(0, at + count) + text.slice(at);
      },
  ),
  places.map(
    (place): Change =>
      (text) => {
        const at = Math.floor(place * text.length);
        return spliced(text, place, 2, `${text[at + 1] ?? ""}${text[at] ?? ""}`);
      },
  ),
  // The same at a line's end, where it matters most.
  fc
    .tuple(places, fc.constantFrom("\n", "\r", "", "\r\r\n", " \r\n", "\r\n ", "\n\r", "0\n", "\r\n\r\n"))
    .map(
      ([place, end]): Change =>
        (text) => {
          const at = text.indexOf("\r\n", Math.floor(place * text.length));
          return at < 0 ? text : text.slice(0, at) + end + text.slice(at + 2);
        },
    ),
);

function spliced(text: string, place: number, count: number, part: string): string {
  const at = Math.floor(place * text.length);
  return text.slice(0, at) + part + text.slice(at + count);
}

/** One in four is spoilt. */
const spoiltMessages: fc.Arbitrary<Message> = fc.oneof(
  { weight: 3, arbitrary: soundMessages },
  { weight: 1, arbitrary: fc.tuple(soundMessages, spoils).map(([message, spoil]) => spoil(message)) },
);

/** Streams with faults, of the grammar in some of their messages and of single bytes. */
export const damagedStreams: fc.Arbitrary<Stream> = fc
  .record({
    messages: withRepeats(spoiltMessages),
    changes: fc.oneof(
      { weight: 2, arbitrary: fc.constant<Change[]>([]) },
      { weight: 3, arbitrary: fc.array(changes, { minLength: 1, maxLength: 2 }) },
    ),
    cuts: cutLists,
  })
  .map(({ messages, changes, cuts }) => {
    const text = messages.map(textOf).join("");
    return { text: changes.reduce<string>((changed, change) => change(changed), text) + lastText, cuts };
  });
