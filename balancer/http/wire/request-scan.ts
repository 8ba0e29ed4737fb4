import { isNamedIn } from "../message/fields.ts";
import { isHost } from "../message/host.ts";
import type { BodyLength } from "../message/request-head.ts";
import { CR, isTargetByte, isTokenByte, LF, SPACE } from "./bytes.ts";
import { kinds } from "./field-kinds.ts";
import { FieldTable } from "./field-table.ts";
import { bad, type RequestFault } from "./request-fault.ts";

const version11 = "HTTP/1.1";
/** A length of more digits can't be counted exactly, and no body is so long. */
const lengthPattern = /^\d{1,15}$/;
const absolutePattern = /^(https?):\/\/([^/?]+)(.*)$/i;

/**
 * Reads the head of a request, strictly by RFC 9112: what two readers could take in two ways is refused. Holds the last
 * head read, as places in the buffer it was read from, until the next {@link read}.
 */
export class RequestScan {
  /** Its header lines. */
  readonly fields = new FieldTable();
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

  /** Reads the head at the start of `bytes`; its last line ends at `to`. */
  read(bytes: Buffer, to: number): RequestFault | undefined {
    this.clear();
    const version = this.readMethodAndTarget(bytes, to);
    if (typeof version !== "number") return version;
    const fieldsFrom = this.readVersion(bytes, version, to);
    if (typeof fieldsFrom !== "number") return fieldsFrom;
    return this.fields.read(bytes, fieldsFrom, to) ?? this.interpret();
  }

  /** Forgets the last head. */
  clear(): void {
    this.fields.clear();
    this.method = "";
    this.target = "";
    this.host = "";
  }

  private readMethodAndTarget(bytes: Buffer, to: number): number | RequestFault {
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

  private readVersion(bytes: Buffer, from: number, to: number): number | RequestFault {
    const end = from + version11.length;
    if (!standsAt(bytes, from, "HTTP/") || bytes[end] !== CR || bytes[end + 1] !== LF || end > to)
      return bad("no HTTP version and end of line behind the target");
    this.isVersion11 = standsAt(bytes, from, version11);
    if (this.isVersion11 || standsAt(bytes, from, "HTTP/1.0")) return end + 2;
    const found = JSON.stringify(bytes.toString("latin1", from, end));
    return { status: 505, reason: `found version ${found}, expected HTTP/1.0 or HTTP/1.1` };
  }

  /** What the fields say of the message and its connection. */
  private interpret(): RequestFault | undefined {
    const { fields } = this;
    let hosts = 0;
    let lengths = 0;
    let codings = 0;
    let host = "";
    let length = "";
    let coding = "";
    let upgrade: string | undefined;
    let expect: string | undefined;
    this.connection = undefined;
    for (let index = 0; index < fields.count; index++) {
      switch (fields.kind(index)) {
        case kinds.host:
          hosts++;
          host = fields.value(index);
          break;
        case kinds.contentLength:
          lengths++;
          length = fields.value(index);
          break;
        case kinds.transferEncoding:
          codings++;
          coding = fields.value(index);
          break;
        case kinds.connection:
          this.connection = joined(this.connection, fields.value(index));
          break;
        case kinds.expect:
          expect = fields.value(index);
          break;
        case kinds.upgrade:
          upgrade = joined(upgrade, fields.value(index));
      }
    }
    if (hosts > 1) return bad("several Host fields");
    if (hosts === 0 && this.isVersion11) return bad("no Host field");
    return (
      this.interpretFraming(lengths, length, codings, coding) ??
      this.interpretConnection(expect, upgrade) ??
      this.interpretTarget(host, hosts === 1)
    );
  }

  /** How the body is framed: what two readers could frame in two ways is smuggling (RFC 9112 §6.3). */
  private interpretFraming(
    lengths: number,
    length: string,
    codings: number,
    coding: string,
  ): RequestFault | undefined {
    if (lengths > 1) return bad("several Content-Length fields");
    if (codings > 1) return bad("several Transfer-Encoding fields");
    if (lengths === 1 && codings === 1) return bad("both Content-Length and Transfer-Encoding");
    if (lengths === 1 && !lengthPattern.test(length)) return bad("no valid Content-Length");
    if (codings === 1 && coding.toLowerCase() !== "chunked")
      return bad("a Transfer-Encoding other than chunked");
    if (codings === 1 && !this.isVersion11) return bad("Transfer-Encoding in HTTP/1.0");
    this.bodyLength = codings === 1 ? "chunked" : lengths === 1 ? Number(length) : undefined;
    return undefined;
  }

  private interpretConnection(
    expect: string | undefined,
    upgrade: string | undefined,
  ): RequestFault | undefined {
    if (expect !== undefined && expect.toLowerCase() !== "100-continue")
      return { status: 417, reason: "an expectation other than 100-continue" };
    // A client of HTTP/1.0 knows no interim answers (RFC 9110 §10.1.1).
    this.expectsContinue = expect !== undefined && this.isVersion11;
    this.keepAlive =
      !this.isConnectionOption("close") && (this.isVersion11 || this.isConnectionOption("keep-alive"));
    this.upgrade = this.isVersion11 && this.isConnectionOption("upgrade") ? upgrade : undefined;
    return undefined;
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
}

/** Several lines of a field as one (RFC 9110 §5.3). */
function joined(earlier: string | undefined, value: string): string {
  return earlier === undefined ? value : `${earlier}, ${value}`;
}

function standsAt(bytes: Uint8Array, from: number, text: string): boolean {
  for (let index = 0; index < text.length; index++)
    if (bytes[from + index] !== text.charCodeAt(index)) return false;
  return true;
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
