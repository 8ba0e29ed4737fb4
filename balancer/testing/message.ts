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
  const fields = lines.map((line): Field => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).replace(/^[\t ]*|[\t ]*$/g, "")];
  });
  return { startLine, fields, end: end + 4 };
}

/** The message at the start of `bytes`; undefined while it is not whole. */
export function readMessage(bytes: Buffer, unframed: Unframed, isClosed: boolean): Message | undefined {
  const head = readHead(bytes);
  if (head === undefined) return undefined;
  const { startLine, fields, end } = head;
  const whole = (body: Buffer, length: number): Message => ({ startLine, fields, body, length });
  if (valuesOf(head, "transfer-encoding").length > 0) {
    const chunked = readChunks(bytes, end);
    return chunked === undefined ? undefined : whole(chunked.body, chunked.end);
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

function readChunks(bytes: Buffer, start: number): { body: Buffer; end: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error(`no chunk size: ${bytes.toString("latin1", at, lineEnd)}`);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), end: next };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
