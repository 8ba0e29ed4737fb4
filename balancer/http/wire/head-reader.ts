import { CR, isTargetByte, isTokenByte, isValueByte, LF, SPACE } from "./bytes.ts";
import { type Peer, PreparedRequest } from "./prepared-request.ts";
import { bad, type RequestFault } from "./request-fault.ts";
import type { KnownHead } from "./shared-heads.ts";
import type { WireContext } from "./wire-context.ts";
import type { WireRules } from "./wire-rules.ts";

const headEnd = Buffer.from("\r\n\r\n");
/** A longer head is not kept to be recognized: an idle connection must cost little. */
const maxKnownBytes = 1024;
/** Of empty lines before a request. */
const maxEmptyBytes = 16;

/** Finds one request after another at the start of what a client has sent. */
export class HeadReader {
  /** How much of what was given the last {@link read} has taken, be it of empty lines alone. */
  takenBytes = 0;
  /** How much of a head that is not whole was searched for its end. */
  private searchedBytes = 0;
  /** Of empty lines since the last request. */
  private emptyBytes = 0;
  /** The last head, when it may come again. */
  private known: KnownHead | undefined;
  /** Under which {@link known} was read, and the peer seen. */
  private rules: WireRules;

  constructor(
    private readonly context: WireContext,
    private peer: Peer,
  ) {
    this.rules = context.rules;
  }

  /** A part of a head has come. */
  get hasBegun(): boolean {
    return this.searchedBytes > 0;
  }

  /** The last request's again, where its head and nothing else stands in the range. */
  recall(bytes: Buffer, from: number, to: number): PreparedRequest | undefined {
    const { known } = this;
    if (known === undefined || this.rules !== this.context.rules) return undefined;
    const isAlone = to - from === known.bytes.length;
    return isAlone && standsAt(bytes, from, known.bytes) ? this.again(known) : undefined;
  }

  /** The request whose head stands at the start of `bytes`; why there is none; or undefined while it is not whole. */
  read(bytes: Buffer): PreparedRequest | RequestFault | undefined {
    if (this.rules !== this.context.rules) this.forget();
    const { known } = this;
    return known !== undefined && standsAt(bytes, 0, known.bytes) ? this.again(known) : this.readNew(bytes);
  }

  private again({ bytes, request }: KnownHead): PreparedRequest {
    request.encoded ??= this.rules.recorder.encode(request);
    this.taken(bytes.length);
    return request;
  }

  /** The listener has another config. */
  private forget(): void {
    this.rules = this.context.rules;
    this.peer = this.rules.planner.peer(this.peer.address);
    this.known = undefined;
  }

  private readNew(bytes: Buffer): PreparedRequest | RequestFault | undefined {
    this.takenBytes = this.skipEmptyLines(bytes);
    if (this.takenBytes > 0 || isHalfLineEnd(bytes)) return undefined;
    this.context.scan.clear();
    const to = bytes.indexOf(headEnd, Math.max(0, this.searchedBytes - headEnd.length + 1));
    if (to < 0) {
      const fault = faultOfPartialHead(bytes, this.searchedBytes) ?? this.faultOfSize(bytes, bytes.length);
      this.searchedBytes = bytes.length;
      return fault;
    }
    const end = to + headEnd.length;
    return end > maxKnownBytes ? this.prepare(bytes, to) : this.readShort(bytes, to);
  }

  /** Reads a head that may be worth knowing. */
  private readShort(bytes: Buffer, to: number): PreparedRequest | RequestFault {
    const { rules, peer } = this;
    const { sharedHeads } = rules;
    const end = to + headEnd.length;
    const head = bytes.length === end ? bytes : bytes.subarray(0, end);
    const hash = sharedHeads.hash(head, peer.address);
    this.known = sharedHeads.find(head, peer.address, hash);
    if (this.known !== undefined) return this.again(this.known);
    const request = this.prepare(bytes, to);
    if (request instanceof PreparedRequest && request.isLasting) {
      this.known = { bytes: ownBytes(head), request };
      sharedHeads.add(this.known, peer.address, hash);
    }
    return request;
  }

  /** What is asked for by the head whose last line ends at `to`. */
  private prepare(bytes: Buffer, to: number): PreparedRequest | RequestFault {
    const { scan } = this.context;
    const end = to + headEnd.length;
    const fault =
      this.faultOfSize(bytes, end) ?? scan.read(bytes, to) ?? this.faultOfCount(scan.fields.count);
    if (fault !== undefined) return fault;
    this.taken(end);
    return this.rules.planner.prepare(scan, this.peer);
  }

  private taken(count: number): void {
    this.takenBytes = count;
    this.searchedBytes = 0;
    this.emptyBytes = 0;
  }

  /** Some clients end a body with an empty line too many (RFC 9112 §2.2). */
  private skipEmptyLines(bytes: Buffer): number {
    let at = 0;
    while (bytes[at] === CR && bytes[at + 1] === LF && this.emptyBytes < maxEmptyBytes) {
      at += 2;
      this.emptyBytes += 2;
    }
    return at;
  }

  private faultOfCount(fields: number): RequestFault | undefined {
    const { maxFields } = this.rules;
    return fields > maxFields
      ? { status: 431, reason: `found ${fields} header lines, expected at most ${maxFields}` }
      : undefined;
  }

  private faultOfSize(bytes: Buffer, length: number): RequestFault | undefined {
    const { maxHeadBytes, maxTargetBytes } = this.rules;
    if (length <= Math.min(maxHeadBytes, maxTargetBytes)) return undefined;
    if (targetLength(bytes, length) > maxTargetBytes)
      return { status: 414, reason: `found a target of over ${maxTargetBytes} bytes` };
    if (length > maxHeadBytes) return { status: 431, reason: `found a head of over ${maxHeadBytes} bytes` };
    return undefined;
  }
}

function standsAt(bytes: Buffer, from: number, head: Buffer): boolean {
  const to = from + head.length;
  return bytes.length >= to && bytes.compare(head, 0, head.length, from, to) === 0;
}

/** The bytes in memory that holds nothing else. */
function ownBytes(bytes: Buffer): Buffer {
  return bytes.length === bytes.buffer.byteLength ? bytes : Buffer.from(bytes);
}

/** The first half of an empty line; the other is still to come. */
function isHalfLineEnd(bytes: Buffer): boolean {
  return bytes.length === 1 && bytes[0] === CR;
}

/** Of the target in the request line at the start, as much as has come. */
function targetLength(bytes: Buffer, to: number): number {
  const blank = bytes.indexOf(SPACE);
  if (blank < 0 || blank >= to) return 0;
  let at = blank + 1;
  while (at < to && isTargetByte[bytes[at] ?? 0] === 1) at++;
  return at - blank - 1;
}

/** What is wrong already with a head that is not whole yet; bytes before `seen` have been looked at. */
function faultOfPartialHead(bytes: Uint8Array, seen: number): RequestFault | undefined {
  if (isTokenByte[bytes[0] ?? 0] !== 1) return bad("no method at the start of the request");
  for (let at = Math.max(0, seen - 1); at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    const isLineEnd =
      byte === CR ? at + 1 === bytes.length || bytes[at + 1] === LF : byte === LF && bytes[at - 1] === CR;
    if (isValueByte[byte] !== 1 && !isLineEnd) return bad("a control character in the head");
  }
  return undefined;
}
