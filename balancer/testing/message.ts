/**
 * For tests: reads HTTP/1.1 messages from raw bytes, with none of the balancer's own code, so that a
 * mistake in that code can't hide itself.
 */

/** Name in lower case, and value, as they stood on the wire (Latin-1). */
export type Field = readonly [name: string, value: string];

export interface Message {
  /** Request line or status line. */
  readonly startLine: string;
  readonly fields: readonly Field[];
  /** Content without its transfer coding. */
  readonly body: Buffer;
  /** Fields behind a body in chunks. */
  readonly trailers: readonly Field[];
  /** Bytes that the message took. */
  readonly length: number;
}

/** All values of a field, in order. */
export function valuesOf({ fields }: Pick<Message, "fields">, name: string): string[] {
  return fields.filter(([known]) => known === name).map(([, value]) => value);
}

/** How a message without a length and without chunks ends: requests have no body then, answers go on. */
export type Unframed = "empty" | "until-close";

export interface Head {
  readonly startLine: string;
  readonly fields: readonly Field[];
  /** Where the body begins. */
  readonly end: number;
}

/** The head at the start of `bytes`; undefined while it is not whole. */
export function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [startLine = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  return { startLine, fields: lines.map(fieldOf), end: end + 4 };
}

function fieldOf(line: string): Field {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).replace(/^[\t ]*|[\t ]*$/g, "")];
}

/** The message at the start of `bytes`; undefined while it is not whole. */
export function readMessage(bytes: Buffer, unframed: Unframed, isClosed: boolean): Message | undefined {
  const head = readHead(bytes);
  if (head === undefined) return undefined;
  const { startLine, fields, end } = head;
  const whole = (body: Buffer, length: number, trailers: readonly Field[] = []): Message => ({
    startLine,
    fields,
    body,
    trailers,
    length,
  });
  if (valuesOf(head, "transfer-encoding").length > 0) {
    const chunked = readChunks(bytes, end);
    return chunked === undefined ? undefined : whole(chunked.body, chunked.end, chunked.trailers);
  }
  const [length] = valuesOf(head, "content-length");
  if (length !== undefined) {
    if (!/^\d+$/.test(length)) throw new Error(`no content-length: ${length}`);
    const bodyEnd = end + Number(length);
    return bytes.length < bodyEnd ? undefined : whole(bytes.subarray(end, bodyEnd), bodyEnd);
  }
  if (unframed === "empty") return whole(Buffer.alloc(0), end);
  return isClosed ? whole(bytes.subarray(end), bytes.length) : undefined;
}

interface Chunked {
  readonly body: Buffer;
  readonly trailers: readonly Field[];
  readonly end: number;
}

function readChunks(bytes: Buffer, start: number): Chunked | undefined {
  const parts: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const sizeLine = bytes.toString("latin1", at, lineEnd);
    const digits = /^([0-9a-f]+)(?:[\t ]*;.*)?$/i.exec(sizeLine)?.[1];
    if (digits === undefined) throw new Error(`no chunk size: ${sizeLine}`);
    const dataEnd = lineEnd + 2 + Number.parseInt(digits, 16);
    if (dataEnd === lineEnd + 2) return readTrailers(bytes, dataEnd, Buffer.concat(parts));
    if (bytes.length < dataEnd + 2) return undefined;
    if (bytes.toString("latin1", dataEnd, dataEnd + 2) !== "\r\n") throw new Error("no CRLF behind a chunk");
    parts.push(bytes.subarray(lineEnd + 2, dataEnd));
    at = dataEnd + 2;
  }
}

function readTrailers(bytes: Buffer, start: number, body: Buffer): Chunked | undefined {
  const trailers: Field[] = [];
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    if (lineEnd === at) return { body, trailers, end: lineEnd + 2 };
    trailers.push(fieldOf(bytes.toString("latin1", at, lineEnd)));
    at = lineEnd + 2;
  }
}
