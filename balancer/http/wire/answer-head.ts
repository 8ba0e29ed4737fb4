import type { ByteBuffer } from "../../byte-buffer.ts";
import { endsAtThisHop } from "../message/fields.ts";
import { missingDate } from "../message/http-date.ts";
import { via } from "../message/request-head.ts";
import type { ResponseHead } from "../message/response-head.ts";
import { writeStatusLine } from "./own-answer.ts";

/** How the end of the content is told to the client (RFC 9112 §6.3). */
export type ClientFraming = "none" | "length" | "chunked" | "close";

/** What the client is told of its connection, beside what its version of HTTP means by itself (RFC 9112 §9.3). */
export type ConnectionOption = "keep-alive" | "close" | undefined;

export function connectionOption(keep: boolean, isVersion11: boolean): ConnectionOption {
  if (!keep) return "close";
  return isVersion11 ? undefined : "keep-alive";
}

/** A client of HTTP/1.0 knows no chunks; to any other they spare the connection. */
export function clientFraming(head: ResponseHead, isVersion11: boolean): ClientFraming {
  if (head.framing === "none" || head.framing === "length") return head.framing;
  return isVersion11 ? "chunked" : "close";
}

/** What the balancer adds. */
export interface OwnFields {
  /** Where the listener exposes it. */
  readonly targetId: string | undefined;
  /** For a client whose session begins, or goes on elsewhere. */
  readonly setCookie?: string | undefined;
}

/** Appends the head as it goes to the client (RFC 9110 §7.6): the lines as they came, without those that end at this hop. */
export function writeAnswerHead(
  out: ByteBuffer,
  head: ResponseHead,
  framing: ClientFraming,
  own: OwnFields,
  connection: ConnectionOption,
): void {
  writeStatusLine(out, head.status, head.reason);
  writePassingLines(out, head, (name) => {
    // The names of trailers go where trailers go.
    if (name === "trailer") return framing === "chunked";
    return mayStandBeside(own, name);
  });
  const date = missingDate(head);
  if (date !== undefined) out.latin1(`date: ${date}\r\n`);
  out.latin1("via: ");
  out.latin1(via);
  out.latin1("\r\n");
  writeOwnFields(out, own);
  if (framing === "chunked") out.latin1("transfer-encoding: chunked\r\n");
  if (connection !== undefined) out.latin1(`connection: ${connection}\r\n`);
  out.latin1("\r\n");
}

/** Appends an interim answer (RFC 9110 §15.2). */
export function writeInterimHead(out: ByteBuffer, head: ResponseHead): void {
  writeStatusLine(out, head.status, head.reason);
  writePassingLines(out, head, () => true);
  out.latin1("\r\n");
}

/** Appends the answer that makes a tunnel of the connection (RFC 9110 §7.8). */
export function writeSwitchingHead(
  out: ByteBuffer,
  head: ResponseHead,
  upgrade: string,
  own: OwnFields,
): void {
  writeStatusLine(out, head.status, head.reason);
  writePassingLines(out, head, (name) => mayStandBeside(own, name));
  out.latin1(`connection: Upgrade\r\nupgrade: ${upgrade}\r\nvia: ${via}\r\n`);
  writeOwnFields(out, own);
  out.latin1("\r\n");
}

function mayStandBeside({ targetId }: OwnFields, name: string): boolean {
  return !(name === "x-ballast-target" && targetId !== undefined);
}

function writeOwnFields(out: ByteBuffer, { targetId, setCookie }: OwnFields): void {
  if (targetId !== undefined) out.latin1(`x-ballast-target: ${targetId}\r\n`);
  if (setCookie !== undefined) out.latin1(`set-cookie: ${setCookie}\r\n`);
}

function writePassingLines(out: ByteBuffer, head: ResponseHead, mayPass: (name: string) => boolean): void {
  const { fields, lines, connection } = head;
  for (let index = 0; index < lines.length; index++) {
    const name = fields[index * 2] ?? "";
    if ((endsAtThisHop(name, connection) && name !== "trailer") || !mayPass(name)) continue;
    out.latin1(lines[index] ?? "");
    out.latin1("\r\n");
  }
}
