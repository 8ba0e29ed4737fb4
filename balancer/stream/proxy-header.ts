import { parseAddress } from "../config/cidr.ts";
import { formatAddress } from "./ip-text.ts";

/**
 * The PROXY protocol: what a proxy says of a connection before its first byte. Versions 1 and 2, as in
 * https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt
 */

export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

/** The two ends of the client's own connection. */
export interface ConnectionAddresses {
  readonly source: SocketAddress;
  readonly destination: SocketAddress;
}

export type HeaderReading =
  /** So far it may become one. */
  | { readonly kind: "more" }
  | { readonly kind: "invalid"; readonly fault: string }
  /** `length` bytes are the header; without addresses the connection speaks for itself. */
  | {
      readonly kind: "header";
      readonly length: number;
      readonly addresses: ConnectionAddresses | undefined;
    };

const more: HeaderReading = { kind: "more" };
const invalid = (fault: string): HeaderReading => ({ kind: "invalid", fault });

const maxV1Bytes = 107;
/** Above it there is room for a client certificate's names; nobody needs more. */
const maxV2Bytes = 4096;
const v1Start = Buffer.from("PROXY ");
const v2Start = Buffer.from("\r\n\r\n\0\r\nQUIT\n");
const v2FixedBytes = 16;

/** Reads a header at the beginning of `bytes`. */
export function readProxyHeader(bytes: Buffer): HeaderReading {
  if (beginsAs(bytes, v1Start)) return bytes.length < v1Start.length ? more : readV1(bytes);
  if (beginsAs(bytes, v2Start)) return bytes.length < v2FixedBytes ? more : readV2(bytes);
  return invalid("no PROXY protocol header");
}

/** As far as both go. */
function beginsAs(bytes: Buffer, start: Buffer): boolean {
  const common = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, common, 0, common) === 0;
}

function readV1(bytes: Buffer): HeaderReading {
  const lineFeed = bytes.subarray(0, maxV1Bytes).indexOf("\n");
  if (lineFeed < 0)
    return bytes.length < maxV1Bytes ? more : invalid(`version 1: no line within ${maxV1Bytes} bytes`);
  const line = bytes.toString("latin1", 0, lineFeed + 1);
  const length = line.length;
  if (/^PROXY UNKNOWN(?: [^\r\n]*)?\r\n$/.test(line)) return { kind: "header", length, addresses: undefined };
  const match = /^PROXY TCP([46]) ([\d.a-fA-F:]+) ([\d.a-fA-F:]+) (\d{1,5}) (\d{1,5})\r\n$/.exec(line);
  const [, family, from = "", to = "", fromPort = "", toPort = ""] = match ?? [];
  const source = addressOf(from, fromPort, family === "6");
  const destination = addressOf(to, toPort, family === "6");
  if (source === undefined || destination === undefined) return invalid(`version 1: ${JSON.stringify(line)}`);
  return { kind: "header", length, addresses: { source, destination } };
}

function addressOf(text: string, portText: string, isIpv6: boolean): SocketAddress | undefined {
  const bytes = text.includes(":") === isIpv6 ? parseAddress(text) : undefined;
  const port = Number(portText);
  const isPlain = /^(0|[1-9]\d*)$/.test(portText) && port <= 65_535;
  return bytes === undefined || !isPlain ? undefined : { address: formatAddress(bytes), port };
}

function readV2(bytes: Buffer): HeaderReading {
  const versionAndCommand = bytes.readUInt8(12);
  if (versionAndCommand !== 0x20 && versionAndCommand !== 0x21)
    return invalid(`version 2: version and command 0x${versionAndCommand.toString(16)}`);
  const length = v2FixedBytes + bytes.readUInt16BE(14);
  if (length > maxV2Bytes) return invalid(`version 2: ${length} bytes, expected at most ${maxV2Bytes}`);
  if (bytes.length < length) return more;
  const isLocal = versionAndCommand === 0x20;
  const family = bytes.readUInt8(13);
  if (isLocal || family === 0) return { kind: "header", length, addresses: undefined };
  // Of the families there are, streams over IPv4, IPv6 and Unix; a Unix path is no address that any target could use.
  const addressBytes = { 17: 4, 33: 16, 49: 108 }[family];
  if (addressBytes === undefined) return invalid(`version 2: family and protocol 0x${family.toString(16)}`);
  const portBytes = family === 49 ? 0 : 2;
  const tlvAt = v2FixedBytes + 2 * (addressBytes + portBytes);
  if (tlvAt > length) return invalid(`version 2: ${length} bytes are too few for its addresses`);
  if (!areTlvs(bytes, tlvAt, length)) return invalid("version 2: a TLV goes beyond the header");
  if (portBytes === 0) return { kind: "header", length, addresses: undefined };
  const portsAt = v2FixedBytes + 2 * addressBytes;
  const end = (index: number): SocketAddress => {
    const at = v2FixedBytes + index * addressBytes;
    const address = formatAddress(unmapped([...bytes.subarray(at, at + addressBytes)]));
    return { address, port: bytes.readUInt16BE(portsAt + index * portBytes) };
  };
  return { kind: "header", length, addresses: { source: end(0), destination: end(1) } };
}

/** Type, two bytes of length and so many bytes, again and again. */
function areTlvs(bytes: Buffer, from: number, to: number): boolean {
  let at = from;
  while (at + 3 <= to) at += 3 + bytes.readUInt16BE(at + 1);
  return at === to;
}

/** The header that tells a target of `addresses`. */
export function writeProxyHeader(version: "v1" | "v2", { source, destination }: ConnectionAddresses): Buffer {
  const ends = sameFamily(parseAddress(source.address), parseAddress(destination.address));
  if (version === "v1") {
    if (ends === undefined) return Buffer.from("PROXY UNKNOWN\r\n");
    const [from, to] = ends.map(formatAddress);
    const family = ends[0].length === 4 ? "TCP4" : "TCP6";
    return Buffer.from(`PROXY ${family} ${from} ${to} ${source.port} ${destination.port}\r\n`);
  }
  const addresses =
    ends === undefined
      ? []
      : [...ends[0], ...ends[1], ...[source, destination].flatMap(({ port }) => [port >> 8, port & 255])];
  const family = ends === undefined ? 0 : ends[0].length === 4 ? 17 : 33;
  return Buffer.concat([v2Start, Buffer.from([0x21, family, 0, addresses.length, ...addresses])]);
}

/** The header of a connection that is nobody's but the balancer's own, such as a check. */
export function ownProxyHeader(version: "v1" | "v2"): Buffer {
  if (version === "v1") return Buffer.from("PROXY UNKNOWN\r\n");
  return Buffer.concat([v2Start, Buffer.from([0x20, 0, 0, 0])]);
}

type Bytes = readonly number[];

/** An IPv4 address beside an IPv6 one becomes one that is mapped into IPv6. */
function sameFamily(a: Bytes | undefined, b: Bytes | undefined): readonly [Bytes, Bytes] | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a.length === b.length) return [a, b];
  return [mapped(a), mapped(b)];
}

const mappedStart: Bytes = [...new Array<number>(10).fill(0), 255, 255];

function mapped(bytes: Bytes): Bytes {
  return bytes.length === 16 ? bytes : [...mappedStart, ...bytes];
}

function unmapped(bytes: Bytes): Bytes {
  const isMapped = bytes.length === 16 && mappedStart.every((byte, index) => bytes[index] === byte);
  return isMapped ? bytes.slice(12) : bytes;
}
