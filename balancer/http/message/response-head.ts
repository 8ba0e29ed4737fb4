import { fieldValuePattern, isNamedIn, tokenPattern } from "./fields.ts";

/** How the end of a body is found (RFC 9112 §6.3). */
export type Framing = "none" | "length" | "chunked" | "close";

export interface ResponseHead {
  readonly status: number;
  /** The rest of the status line: a blank and the reason phrase, or nothing. */
  readonly reason: string;
  /** The field lines as they came, each with the name and value of the same place in {@link fields}. */
  readonly lines: readonly string[];
  /** Names in lower case and values in turn, in the order they came. */
  readonly fields: readonly string[];
  /** The value of `Connection`, several lines of it joined. */
  readonly connection: string | undefined;
  readonly framing: Framing;
  /** What the message says, be it of a body that HEAD or 304 leave out; undefined when it does not say. */
  readonly contentLength: number | undefined;
  /** Whether the connection may carry another request after this answer. */
  readonly keepAlive: boolean;
  readonly hasDate: boolean;
  /** From `Keep-Alive: timeout=…`: how long the target keeps an idle connection. */
  readonly keepAliveTimeoutMs: number | undefined;
  /** From `Retry-After`, in its form of seconds. */
  readonly retryAfterMs: number | undefined;
}

/** `HTTP/1.1 200`. */
const statusLineBytes = 12;
const statusLinePattern = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/;

/**
 * Reads a head, without the empty line at its end, by RFC 9112; `method` is the request's.
 * Returns a string that says what is wrong with a head that is none.
 */
export function parseResponseHead(text: string, method: string): ResponseHead | string {
  const lines = text.split("\r\n");
  const first = lines[0] ?? "";
  const start = statusLinePattern.exec(first);
  if (start === null || !fieldValuePattern.test(first)) return `status line ${quote(first)}`;
  const status = Number(start[2]);
  const fields: string[] = [];
  const fieldLines = lines.slice(1);
  for (const line of fieldLines) {
    if (!readField(line, fields)) return `header line ${quote(line)}`;
  }
  const connection = fieldValue(fields, "connection");
  const coding = fieldValue(fields, "transfer-encoding")?.toLowerCase();
  const length = fieldValue(fields, "content-length");
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return `content-length ${quote(length)}`;
  if (length !== undefined && coding !== undefined) return "both content-length and transfer-encoding";
  if (coding !== undefined && coding !== "chunked") return `transfer-encoding ${quote(coding)}`;
  const isVersion11 = start[1] === "1";
  if (coding !== undefined && !isVersion11) return "transfer-encoding in HTTP/1.0";
  // Whoever takes such a length for one waits for content that does not come (RFC 9110 §8.6).
  const isEmpty = status < 200 || status === 204;
  if (length !== undefined) keepLengths(isEmpty ? 0 : 1, fields, fieldLines);

  const framing = framingOf(status, method, coding !== undefined, length !== undefined);
  const persists = isVersion11
    ? connection === undefined || !isNamedIn(connection, "close")
    : connection !== undefined && isNamedIn(connection, "keep-alive");
  return {
    status,
    reason: first.slice(statusLineBytes),
    lines: fieldLines,
    fields,
    connection,
    framing,
    contentLength: length === undefined || isEmpty ? undefined : Number(length),
    keepAlive: persists && framing !== "close",
    hasDate: fieldValue(fields, "date") !== undefined,
    keepAliveTimeoutMs: seconds(
      /(?:^|[,;\s])timeout=(\d{1,6})/.exec(fieldValue(fields, "keep-alive") ?? "")?.[1],
    ),
    retryAfterMs: seconds(/^\d{1,9}$/.exec(fieldValue(fields, "retry-after") ?? "")?.[0]),
  };
}

/** Appends name (in lower case) and value of a field line; false when it is none (RFC 9112 §5). */
export function readField(line: string, fields: string[]): boolean {
  const colon = line.indexOf(":");
  const name = line.slice(0, colon).toLowerCase();
  const value = withoutBlanks(line, colon + 1);
  if (colon < 1 || !tokenPattern.test(name) || !fieldValuePattern.test(value)) return false;
  fields.push(name, value);
  return true;
}

/** The value of a field among names and values in turn; several lines of it joined as RFC 9110 §5.3 says, equal ones as one. */
export function fieldValue(fields: readonly string[], lowerCaseName: string): string | undefined {
  let value: string | undefined;
  for (let index = 0; index < fields.length; index += 2) {
    const next = fields[index + 1] ?? "";
    if (fields[index] !== lowerCaseName || value === next) continue;
    value = value === undefined ? next : `${value}, ${next}`;
  }
  return value;
}

/** Takes out all lines of `Content-Length` but the first `count`; equal ones may become one (RFC 9110 §8.6). */
function keepLengths(count: 0 | 1, fields: string[], lines: string[]): void {
  const kept = fields.indexOf("content-length") / 2;
  for (let index = lines.length - 1; index >= (count === 0 ? 0 : kept + 1); index--) {
    if (fields[index * 2] !== "content-length") continue;
    fields.splice(index * 2, 2);
    lines.splice(index, 1);
  }
}

/** A value without the blanks around it (RFC 9110 §5.5); `trim` would take 0xA0 too, which ends many a UTF-8 text. */
function withoutBlanks(line: string, start: number): string {
  let from = start;
  let to = line.length;
  while (from < to && isBlank(line.charCodeAt(from))) from++;
  while (to > from && isBlank(line.charCodeAt(to - 1))) to--;
  return line.slice(from, to);
}

const isBlank = (code: number) => code === 32 || code === 9;

function framingOf(status: number, method: string, chunked: boolean, hasLength: boolean): Framing {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return "none";
  if (chunked) return "chunked";
  return hasLength ? "length" : "close";
}

const seconds = (digits: string | undefined) => (digits === undefined ? undefined : Number(digits) * 1000);

const quote = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
