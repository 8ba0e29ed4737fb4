import type { ByteBuffer } from "../../byte-buffer.ts";
import { type FieldLookup, isNamedIn } from "../message/fields.ts";
import { isHost } from "../message/host.ts";
import type { BodyLength } from "../message/request-head.ts";
import { COLON, CR, isTargetByte, isTokenByte, isValueByte, LF, SPACE, TAB } from "./bytes.ts";
import { type FieldKind, kindOf, kinds } from "./field-kinds.ts";

/** Why a request can't be taken; the connection is closed after the answer. */
export interface RequestFault {
  readonly status: 400 | 405 | 408 | 413 | 414 | 417 | 431 | 505;
  /** One line for people. */
  readonly reason: string;
}

const version11 = "HTTP/1.1";
/** Names no field that is to be taken out. */
const ordinaryConnection = /^(?:keep-alive|close|upgrade)$/i;
/** A length of more digits can't be counted exactly, and no body is so long. */
const lengthPattern = /^\d{1,15}$/;
const absolutePattern = /^(https?):\/\/([^/?]+)(.*)$/i;

/**
 * Reads the head of a request, strictly by RFC 9112: what two readers could take in two ways is refused. Holds the last
 * head read, as places in the buffer it was read from, until the next {@link read}.
 */
export class RequestScan implements FieldLookup {
  method = "";
  /** In origin-form, or `*`. */
  target = "";
  host = "";
  isVersion11 = true;
  bodyLength: BodyLength;
  /** May the connection carry another request? */
  keepAlive = true;
  /** The value of `Connection`, several lines joined. */
  connection: string | undefined;
  /** The client waits for an interim answer before it sends the body. */
  expectsContinue = false;
  /** The value of `Upgrade`, when `Connection` names it. */
  upgrade: string | undefined;
  private bytes: Buffer = Buffer.alloc(0);
  private count = 0;
  private readonly kindAt: FieldKind[] = [];
  private readonly nameFrom: number[] = [];
  private readonly nameTo: number[] = [];
  private readonly valueFrom: number[] = [];
  private readonly valueTo: number[] = [];
  private readonly lineTo: number[] = [];

  /** Reads the head at the start of `bytes`; its last line ends at `to`. */
  read(bytes: Buffer, to: number): RequestFault | undefined {
    this.clear();
    this.bytes = bytes;
    const version = this.readMethodAndTarget(to);
    if (typeof version !== "number") return version;
    const fields = this.readVersion(version, to);
    if (typeof fields !== "number") return fields;
    return this.readFields(fields, to) ?? this.interpret();
  }

  /** Forgets the last head. */
  clear(): void {
    this.count = 0;
    this.method = "";
    this.target = "";
    this.host = "";
  }

  /** Header lines of the last head. */
  get fieldCount(): number {
    return this.count;
  }

  /** The value of a field, several lines of it joined as RFC 9110 §5.3 says. */
  get(lowerCaseName: string): string | null {
    let joined: string | null = null;
    for (let index = 0; index < this.count; index++) {
      if (this.name(index) !== lowerCaseName) continue;
      joined = joined === null ? this.value(index) : `${joined}, ${this.value(index)}`;
    }
    return joined;
  }

  /** As {@link get} for a kind; empty when there is none. */
  valueOf(kind: FieldKind): string {
    let joined = "";
    for (let index = 0; index < this.count; index++) {
      if (this.kindAt[index] !== kind) continue;
      joined = joined === "" ? this.value(index) : `${joined}, ${this.value(index)}`;
    }
    return joined;
  }

  /** Appends the lines that pass as they came: those of no special kind, and those of the kinds in `also`. */
  writePassing(out: ByteBuffer, also: readonly FieldKind[]): void {
    const hidden =
      this.connection === undefined || ordinaryConnection.test(this.connection) ? "" : this.connection;
    let from = 0;
    let to = 0;
    for (let index = 0; index < this.count; index++) {
      const kind = this.kindAt[index] ?? kinds.dropped;
      if (kind !== kinds.other && !also.includes(kind)) continue;
      if (hidden !== "" && isNamedIn(hidden, this.name(index))) continue;
      // Lines that stand together go together.
      const lineFrom = this.nameFrom[index] ?? 0;
      if (lineFrom !== to) {
        out.appendRange(this.bytes, from, to);
        from = lineFrom;
      }
      to = this.lineTo[index] ?? 0;
    }
    out.appendRange(this.bytes, from, to);
  }

  private readMethodAndTarget(to: number): number | RequestFault {
    const { bytes } = this;
    let at = 0;
    while (at < to && isTokenByte[bytes[at] ?? 0] === 1) at++;
    if (at === 0 || bytes[at] !== SPACE) return bad("no method and blank at the start of the request");
    // A string for each would be garbage for each.
    this.method = standsAt(bytes, 0, "GET ") ? "GET" : bytes.toString("latin1", 0, at);
    const targetFrom = ++at;
    while (at < to && isTargetByte[bytes[at] ?? 0] === 1) at++;
    if (at === targetFrom || bytes[at] !== SPACE) return bad("no valid target and blank behind the method");
    this.target = withoutFragment(bytes.toString("latin1", targetFrom, at));
    return at + 1;
  }

  private readVersion(from: number, to: number): number | RequestFault {
    const { bytes } = this;
    const end = from + version11.length;
    if (!standsAt(bytes, from, "HTTP/") || bytes[end] !== CR || bytes[end + 1] !== LF || end > to)
      return bad("no HTTP version and end of line behind the target");
    this.isVersion11 = standsAt(bytes, from, version11);
    if (this.isVersion11 || standsAt(bytes, from, "HTTP/1.0")) return end + 2;
    const found = JSON.stringify(bytes.toString("latin1", from, end));
    return { status: 505, reason: `found version ${found}, expected HTTP/1.0 or HTTP/1.1` };
  }

  private readFields(from: number, to: number): RequestFault | undefined {
    const { bytes } = this;
    let at = from;
    // The last field's end of line is the first half of what ends the head.
    while (at < to + 2) {
      const nameFrom = at;
      while (isTokenByte[bytes[at] ?? 0] === 1) at++;
      if (at === nameFrom || bytes[at] !== COLON) return bad("a header line without a valid name and colon");
      const nameTo = at++;
      while (bytes[at] === SPACE || bytes[at] === TAB) at++;
      const valueFrom = at;
      while (isValueByte[bytes[at] ?? 0] === 1) at++;
      if (bytes[at] !== CR || bytes[at + 1] !== LF) return bad("a control character in a header line");
      let valueTo = at;
      while (valueTo > valueFrom && (bytes[valueTo - 1] === SPACE || bytes[valueTo - 1] === TAB)) valueTo--;
      at += 2;
      const index = this.count++;
      this.nameFrom[index] = nameFrom;
      this.nameTo[index] = nameTo;
      this.valueFrom[index] = valueFrom;
      this.valueTo[index] = valueTo;
      this.lineTo[index] = at;
      this.kindAt[index] = kindOf(bytes, nameFrom, nameTo);
    }
    return undefined;
  }

  /** What the fields say of the message and its connection. */
  private interpret(): RequestFault | undefined {
    let hosts = 0;
    let lengths = 0;
    let codings = 0;
    let host = "";
    let length = "";
    let coding = "";
    let upgrade: string | undefined;
    let expect: string | undefined;
    this.connection = undefined;
    for (let index = 0; index < this.count; index++) {
      switch (this.kindAt[index]) {
        case kinds.host:
          hosts++;
          host = this.value(index);
          break;
        case kinds.contentLength:
          lengths++;
          length = this.value(index);
          break;
        case kinds.transferEncoding:
          codings++;
          coding = this.value(index);
          break;
        case kinds.connection: {
          const value = this.value(index);
          this.connection = this.connection === undefined ? value : `${this.connection}, ${value}`;
          break;
        }
        case kinds.expect:
          expect = this.value(index);
          break;
        case kinds.upgrade:
          upgrade = upgrade === undefined ? this.value(index) : `${upgrade}, ${this.value(index)}`;
      }
    }
    if (hosts > 1) return bad("several Host fields");
    if (hosts === 0 && this.isVersion11) return bad("no Host field");
    if (lengths > 1) return bad("several Content-Length fields");
    if (codings > 1) return bad("several Transfer-Encoding fields");
    if (lengths === 1 && codings === 1) return bad("both Content-Length and Transfer-Encoding");
    if (lengths === 1 && !lengthPattern.test(length)) return bad("no valid Content-Length");
    if (codings === 1 && coding.toLowerCase() !== "chunked")
      return bad("a Transfer-Encoding other than chunked");
    if (codings === 1 && !this.isVersion11) return bad("Transfer-Encoding in HTTP/1.0");
    this.bodyLength = codings === 1 ? "chunked" : lengths === 1 ? Number(length) : undefined;

    if (expect !== undefined && expect.toLowerCase() !== "100-continue")
      return { status: 417, reason: "an expectation other than 100-continue" };
    // A client of HTTP/1.0 knows no interim answers (RFC 9110 §10.1.1).
    this.expectsContinue = expect !== undefined && this.isVersion11;
    this.keepAlive =
      !this.isConnectionOption("close") && (this.isVersion11 || this.isConnectionOption("keep-alive"));
    this.upgrade = this.isVersion11 && this.isConnectionOption("upgrade") ? upgrade : undefined;
    return this.interpretTarget(host, hosts === 1);
  }

  private interpretTarget(host: string, hasHost: boolean): RequestFault | undefined {
    if (!isHost(host)) return bad("no valid Host");
    this.host = host;
    if (this.method === "CONNECT") return { status: 405, reason: "CONNECT is not offered" };
    if (this.target.startsWith("/")) return undefined;
    if (this.target === "*" && this.method === "OPTIONS") return undefined;
    const absolute = absolutePattern.exec(this.target);
    if (absolute === null) return bad("a target that is neither a path nor an http URL");
    const [, scheme = "", authority = "", rest = ""] = absolute;
    if (!isHost(authority)) return bad("no valid host in the target");
    if (hasHost && withoutDefaultPort(authority, scheme) !== withoutDefaultPort(host, scheme))
      return bad("a target that contradicts Host");
    this.host = hasHost ? host : authority;
    this.target = rest.startsWith("/") ? rest : `/${rest}`;
    return undefined;
  }

  private isConnectionOption(lowerCaseOption: string): boolean {
    return this.connection !== undefined && isNamedIn(this.connection, lowerCaseOption);
  }

  private name(index: number): string {
    return this.bytes.toString("latin1", this.nameFrom[index], this.nameTo[index]).toLowerCase();
  }

  private value(index: number): string {
    return this.bytes.toString("latin1", this.valueFrom[index], this.valueTo[index]);
  }
}

/** What is wrong already with a head that is not whole yet; bytes before `seen` have been looked at. */
export function faultOfPartialHead(bytes: Uint8Array, seen: number): RequestFault | undefined {
  if (isTokenByte[bytes[0] ?? 0] !== 1) return bad("no method at the start of the request");
  for (let at = Math.max(0, seen - 1); at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const isLineEnd =
      byte === CR ? at + 1 === bytes.length || bytes[at + 1] === LF : byte === LF && bytes[at - 1] === CR;
    if (isValueByte[byte] !== 1 && !isLineEnd) return bad("a control character in the head");
  }
  return undefined;
}

function standsAt(bytes: Uint8Array, from: number, text: string): boolean {
  for (let index = 0; index < text.length; index++)
    if (bytes[from + index] !== text.charCodeAt(index)) return false;
  return true;
}

function bad(reason: string): RequestFault {
  return { status: 400, reason };
}

/** A fragment is not for servers; a client that sends one means nothing by it. */
function withoutFragment(target: string): string {
  const at = target.indexOf("#");
  return at < 0 ? target : target.slice(0, at);
}

function withoutDefaultPort(authority: string, scheme: string): string {
  const lower = authority.toLowerCase();
  const port = scheme.toLowerCase() === "http" ? ":80" : ":443";
  return lower.endsWith(port) ? lower.slice(0, -port.length) : lower.replace(/:$/, "");
}
