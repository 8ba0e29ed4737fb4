/** HTTP/2 frames (RFC 9113 §4 and §6) as bytes, also those that no client should send. */

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flags = { none: 0, endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = empty): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const empty = Buffer.alloc(0);

/** The frame at the start, and where the next begins; undefined while it is not whole. */
export function readFrame(bytes: Buffer): { readonly frame: Frame; readonly end: number } | undefined {
  if (bytes.length < 9) return undefined;
  const end = 9 + bytes.readUIntBE(0, 3);
  if (bytes.length < end) return undefined;
  const stream = bytes.readUInt32BE(5) & 0x7fffffff;
  const frame = {
    type: bytes.readUInt8(3),
    flags: bytes.readUInt8(4),
    stream,
    payload: bytes.subarray(9, end),
  };
  return { frame, end };
}

export type HeaderField = readonly [name: string, value: string];

/** Fields as HPACK literals without index or Huffman code (RFC 7541 §6.2.2); texts are Latin-1. */
export function headerBlock(fields: readonly HeaderField[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), literal(name), literal(value)]));
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  const length: number[] = bytes.length < 127 ? [bytes.length] : [127];
  for (let rest = bytes.length - 127; rest >= 0; rest = rest >> 7 || -1)
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
  return Buffer.concat([Buffer.from(length), bytes]);
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

export const rstStream = (stream: number, code = 8): Buffer =>
  frame(frameTypes.rstStream, 0, stream, uint32(code));
export const windowUpdate = (stream: number, increment: number): Buffer =>
  frame(frameTypes.windowUpdate, 0, stream, uint32(increment));

/** The status of an answer, as the first field of its block: indexed, or a literal of it (RFC 7541 §6). */
export function statusOf(block: Buffer): number | undefined {
  const indexed = [200, 204, 206, 304, 400, 404, 500][(block[0] ?? 0) - 0x88];
  if (indexed !== undefined) return indexed;
  const at = 1;
  const lengthByte = block[at] ?? 0;
  const text = block.subarray(at + 1, at + 1 + (lengthByte & 127));
  return Number(lengthByte >= 128 ? huffmanDigits(text) : text.toString("latin1"));
}

/** Digits alone (RFC 7541 Appendix B): 0 to 2 in five bits, the rest in six. */
function huffmanDigits(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let digits = "";
  for (let at = 0; digits.length < 3 && at + 5 <= bits.length; ) {
    const short = Number.parseInt(bits.slice(at, at + 5), 2);
    digits += short <= 2 ? short : Number.parseInt(bits.slice(at, at + 6), 2) - 0x16;
    at += short <= 2 ? 5 : 6;
  }
  return digits;
}
