import { createHash } from "node:crypto";
import { valuesOf } from "./message.ts";
import type { OriginRequest } from "./raw-origin.ts";
import type { Wire } from "./wire.ts";

export interface Frame {
  readonly isFinal: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
  readonly isMasked: boolean;
}

/** A frame (RFC 6455 §5.2), masked as a client's must be, or not, as a server's. */
export function encodeFrame(
  opcode: number,
  payload: string | Buffer,
  isMasked: boolean,
  isFinal = true,
): Buffer {
  const content = Buffer.from(payload);
  const { length } = content;
  const head = Buffer.alloc(length > 65_535 ? 10 : length > 125 ? 4 : 2);
  head[0] = (isFinal ? 0x80 : 0) | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (length > 65_535 ? 127 : length > 125 ? 126 : length);
  if (length > 65_535) head.writeBigUInt64BE(BigInt(length), 2);
  else if (length > 125) head.writeUInt16BE(length, 2);
  if (!isMasked) return Buffer.concat([head, content]);
  const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);
  return Buffer.concat([head, mask, masked(content, mask)]);
}

/** The frame at the start of `bytes` and its length; undefined while it is not whole. */
export function decodeFrame(bytes: Buffer): { frame: Frame; length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  const code = second & 0x7f;
  const lengthEnd = code === 127 ? 10 : code === 126 ? 4 : 2;
  const isMasked = (second & 0x80) !== 0;
  const start = lengthEnd + (isMasked ? 4 : 0);
  if (bytes.length < start) return undefined;
  const size = code === 127 ? Number(bytes.readBigUInt64BE(2)) : code === 126 ? bytes.readUInt16BE(2) : code;
  if (bytes.length < start + size) return undefined;
  const content = bytes.subarray(start, start + size);
  const payload = isMasked ? masked(content, bytes.subarray(lengthEnd, start)) : Buffer.from(content);
  const frame = { isFinal: (first & 0x80) !== 0, opcode: first & 0x0f, payload, isMasked };
  return { frame, length: start + size };
}

function masked(content: Buffer, mask: Buffer): Buffer {
  return Buffer.from(content.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
}

/** The next frame that comes over a connection. */
export async function nextFrame(wire: Wire): Promise<Frame> {
  const { frame, length } = await wire.wait("waited for a frame", () => decodeFrame(wire.received));
  wire.take(length);
  return frame;
}

/** The header lines of a client's opening handshake, with the key of RFC 6455 §1.3. */
export const handshakeLines: readonly string[] = [
  "upgrade: websocket",
  "connection: Upgrade",
  "sec-websocket-version: 13",
  "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** What RFC 6455 §1.3 says must be answered to that key. */
export const handshakeAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** A server's answer to a handshake; `lines` are added. */
export function handshakeAnswer(request: OriginRequest, lines: readonly string[] = []): string {
  const [key = ""] = valuesOf(request, "sec-websocket-key");
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const head = ["HTTP/1.1 101 Switching Protocols", "upgrade: websocket", "connection: Upgrade"];
  return `${[...head, `sec-websocket-accept: ${accept}`, ...lines].join("\r\n")}\r\n\r\n`;
}

/** The payload of a close frame. */
export function closeWith(code: number, reason = ""): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}
