import { STATUS_CODES } from "node:http";
import type { ByteBuffer } from "../../byte-buffer.ts";
import { httpDate } from "../message/http-date.ts";

/** An answer of the balancer's own. */
export interface OwnAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly content: string;
  readonly retryAfterSeconds?: number | undefined;
  /** Further fields, with names in lower case. */
  readonly fields?: readonly (readonly [string, string])[];
}

/** One line for people. */
export function ownAnswer(status: number, reason: string, retryAfterSeconds?: number): OwnAnswer {
  const content = `${status} ${reason}\n`;
  return { status, contentType: "text/plain; charset=utf-8", content, retryAfterSeconds };
}

export function jsonAnswer(document: object): OwnAnswer {
  return { status: 200, contentType: "application/json;charset=utf-8", content: JSON.stringify(document) };
}

/** Appends the whole answer; `connection` is the value of that field, where it is needed. */
export function writeOwnAnswer(
  out: ByteBuffer,
  answer: OwnAnswer,
  isHead: boolean,
  connection: string | undefined,
): void {
  const content = Buffer.from(answer.content);
  writeStatusLine(out, answer.status, ` ${STATUS_CODES[answer.status] ?? ""}`);
  out.latin1(`content-type: ${answer.contentType}\r\ncontent-length: ${content.length}\r\n`);
  out.latin1(`date: ${httpDate()}\r\n`);
  if (answer.retryAfterSeconds !== undefined) out.latin1(`retry-after: ${answer.retryAfterSeconds}\r\n`);
  for (const [name, value] of answer.fields ?? []) out.latin1(`${name}: ${value}\r\n`);
  if (connection !== undefined) out.latin1(`connection: ${connection}\r\n`);
  out.latin1("\r\n");
  if (!isHead) out.append(content);
}

/** `reason` begins with a blank, or is empty. */
export function writeStatusLine(out: ByteBuffer, status: number, reason: string): void {
  out.latin1("HTTP/1.1 ");
  out.integer(status);
  out.latin1(reason === "" ? " \r\n" : `${reason}\r\n`);
}
