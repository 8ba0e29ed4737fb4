/** DNS messages (RFC 1035 §4), as far as a client needs them that asks a recursive server. */

export type RecordType = "A" | "AAAA" | "SRV";

const typeCodes: Readonly<Record<RecordType, number>> = { A: 1, AAAA: 28, SRV: 33 };
const classInternet = 1;

const headerBytes = 12;
const isResponseFlag = 0x8000;
const truncatedFlag = 0x0200;
const recursionDesiredFlag = 0x0100;
const rcodeMask = 0x000f;

/** A compressed name jumps backwards; more jumps than this are a loop. */
const mostJumps = 64;

export interface ServiceRecord {
  /** Lower ones go first. */
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Without the dot at its end; empty for "no such service" (RFC 2782). */
  readonly host: string;
}

export interface DnsRecord {
  readonly name: string;
  readonly ttlSeconds: number;
  /** An address as URLs have it, with brackets around IPv6; a service; or something that was not asked for. */
  readonly data:
    | { readonly type: "A" | "AAAA"; readonly address: string }
    | { readonly type: "SRV"; readonly service: ServiceRecord }
    | { readonly type: "other" };
}

export interface Reply {
  readonly isTruncated: boolean;
  /** RFC 1035 §4.1.1: 0 for no error, 3 for a name that does not exist. */
  readonly rcode: number;
  readonly answers: readonly DnsRecord[];
  /** What the server thinks will be asked next. */
  readonly additional: readonly DnsRecord[];
}

/** A question to a recursive server; `name` has labels of 1 to 63 bytes. */
export function encodeQuery(id: number, name: string, type: RecordType): Uint8Array {
  const labels = name.replace(/\.$/, "").split(".");
  const question = labels.flatMap((label) => [label.length, ...Buffer.from(label, "latin1")]);
  return Uint8Array.from([
    ...[id, recursionDesiredFlag, 1, 0, 0, 0].flatMap(bigEndian),
    ...question,
    0,
    ...[typeCodes[type], classInternet].flatMap(bigEndian),
  ]);
}

/** Reads what came for `query`; undefined when it is no answer to that, or damaged. */
export function decodeReply(message: Uint8Array, query: Uint8Array): Reply | undefined {
  const reader = new MessageReader(message);
  try {
    return reader.replyTo(new MessageReader(query));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Reads from the front; whatever lies outside of the message is a `RangeError`. */
class MessageReader {
  private readonly view: DataView;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  replyTo(query: MessageReader): Reply | undefined {
    const header = this.header();
    const asked = query.header();
    const isAnswer = header.id === asked.id && (header.flags & isResponseFlag) !== 0;
    if (!isAnswer || header.questions !== 1 || this.question() !== query.question()) return undefined;
    const answers = this.records(header.answers);
    this.records(header.authorities);
    return {
      isTruncated: (header.flags & truncatedFlag) !== 0,
      rcode: header.flags & rcodeMask,
      answers,
      additional: this.records(header.additional),
    };
  }

  private header() {
    const [id, flags, questions, answers, authorities, additional] = [0, 2, 4, 6, 8, 10].map((at) =>
      this.view.getUint16(at),
    ) as [number, number, number, number, number, number];
    this.at = headerBytes;
    return { id, flags, questions, answers, authorities, additional };
  }

  private question(): string {
    return `${this.name()} ${this.uint16()} ${this.uint16()}`;
  }

  private records(count: number): DnsRecord[] {
    return Array.from({ length: count }, () => this.record());
  }

  private record(): DnsRecord {
    const name = this.name();
    const type = this.uint16();
    const recordClass = this.uint16();
    const ttlSeconds = this.uint32();
    const length = this.uint16();
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError("a record is longer than its message");
    const data: DnsRecord["data"] =
      recordClass === classInternet ? this.data(type, length) : { type: "other" };
    this.at = end;
    return { name, ttlSeconds, data };
  }

  private data(type: number, length: number): DnsRecord["data"] {
    if (type === typeCodes.A && length === 4) {
      return { type: "A", address: this.bytes.subarray(this.at, this.at + 4).join(".") };
    }
    if (type === typeCodes.AAAA && length === 16) {
      const parts = Array.from({ length: 8 }, () => this.uint16().toString(16));
      return { type: "AAAA", address: new URL(`http://[${parts.join(":")}]`).hostname };
    }
    if (type !== typeCodes.SRV) return { type: "other" };
    const [priority, weight, port] = [this.uint16(), this.uint16(), this.uint16()];
    return { type: "SRV", service: { priority, weight, port, host: this.name() } };
  }

  /** In lower case: names are compared without regard to it (RFC 4343). */
  private name(): string {
    const labels: string[] = [];
    let resumeAt: number | undefined;
    for (let jumps = 0; ; ) {
      const length = this.uint8();
      if (length === 0) break;
      if ((length & 0xc0) === 0xc0) {
        const to = ((length & 0x3f) << 8) | this.uint8();
        resumeAt ??= this.at;
        if (++jumps > mostJumps) throw new RangeError("a name never ends");
        this.at = to;
      } else {
        if (length > 63 || this.at + length > this.bytes.length) throw new RangeError("a label is too long");
        labels.push(Buffer.from(this.bytes.subarray(this.at, this.at + length)).toString("latin1"));
        this.at += length;
      }
    }
    this.at = resumeAt ?? this.at;
    return labels.join(".").toLowerCase();
  }

  private uint8(): number {
    return this.view.getUint8(this.at++);
  }

  private uint16(): number {
    this.at += 2;
    return this.view.getUint16(this.at - 2);
  }

  private uint32(): number {
    this.at += 4;
    return this.view.getUint32(this.at - 4);
  }
}

function bigEndian(value: number): [number, number] {
  return [value >> 8, value & 0xff];
}
