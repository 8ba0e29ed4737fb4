/** Operation codes (RFC 6455 §5.2). */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Who is told what came from a target. */
export interface FrameListener {
  /** A whole message, its fragments joined. */
  onMessage(opcode: number, payload: Buffer): void;
  /** A close, ping or pong frame. */
  onControl(opcode: number, payload: Buffer): void;
}

/** Larger messages are refused with 1009: they are held in memory as a whole. */
export const maxMessageBytes = 16 * 1024 * 1024;

/** Of one message; each part costs memory, also an empty one. */
const maxFragments = 65_536;

const none: Buffer = Buffer.alloc(0);

/** Why a stream of frames can't be read on: a close code (RFC 6455 §7.4.1) and a line for people. */
export interface FrameFault {
  readonly code: 1002 | 1009;
  readonly reason: string;
}

/** Reads the frames a server sends (RFC 6455 §5), in whatever portions they arrive. */
export class FrameReader {
  fault: FrameFault | undefined;
  private buffered: Buffer = none;
  private fragments: Buffer[] = [];
  private fragmentBytes = 0;
  private messageOpcode = 0;

  /** Takes the next bytes; false when they break the protocol, see {@link fault}. */
  push(chunk: Buffer, listener: FrameListener): boolean {
    this.buffered = this.buffered.length === 0 ? chunk : Buffer.concat([this.buffered, chunk]);
    while (this.fault === undefined && this.readFrame(listener));
    return this.fault === undefined;
  }

  /** Reads one frame off the buffer; false when it is not whole yet. */
  private readFrame(listener: FrameListener): boolean {
    const bytes = this.buffered;
    if (bytes.length < 2) return false;
    const [first = 0, second = 0] = bytes;
    const lengthCode = second & 0x7f;
    const headBytes = lengthCode === 126 ? 4 : lengthCode === 127 ? 10 : 2;
    if (bytes.length < headBytes) return false;
    const payloadBytes =
      lengthCode === 126
        ? bytes.readUInt16BE(2)
        : lengthCode === 127
          ? Number(bytes.readBigUInt64BE(2))
          : lengthCode;
    const isFinal = (first & 0x80) !== 0;
    const opcode = first & 0x0f;
    this.fault = this.frameFault(first, second, opcode, isFinal, payloadBytes);
    if (this.fault !== undefined || bytes.length < headBytes + payloadBytes) return false;
    const payload = bytes.subarray(headBytes, headBytes + payloadBytes);
    this.buffered = bytes.subarray(headBytes + payloadBytes);
    if (opcode >= 8) listener.onControl(opcode, payload);
    else this.takeFragment(opcode, payload, isFinal, listener);
    return true;
  }

  private frameFault(
    first: number,
    second: number,
    opcode: number,
    isFinal: boolean,
    payloadBytes: number,
  ): FrameFault | undefined {
    if ((first & 0x70) !== 0) return { code: 1002, reason: "reserved bits are set" };
    if ((second & 0x80) !== 0) return { code: 1002, reason: "a target's frame is masked" };
    if (opcode >= 8) {
      if (opcode > opcodes.pong) return { code: 1002, reason: `unknown control opcode ${opcode}` };
      return isFinal && payloadBytes <= 125
        ? undefined
        : { code: 1002, reason: "control frame in parts or too long" };
    }
    if (opcode > opcodes.binary) return { code: 1002, reason: `unknown opcode ${opcode}` };
    const continues = opcode === opcodes.continuation;
    if (continues !== this.messageOpcode > 0) return { code: 1002, reason: "fragment out of order" };
    if (this.fragments.length >= maxFragments) return { code: 1009, reason: "message in too many parts" };
    if (this.fragmentBytes + payloadBytes > maxMessageBytes) return { code: 1009, reason: "message too big" };
    return undefined;
  }

  private takeFragment(opcode: number, payload: Buffer, isFinal: boolean, listener: FrameListener): void {
    if (opcode !== opcodes.continuation && isFinal) {
      listener.onMessage(opcode, payload);
      return;
    }
    if (opcode !== opcodes.continuation) this.messageOpcode = opcode;
    this.fragments.push(payload);
    this.fragmentBytes += payload.length;
    if (!isFinal) return;
    const message = Buffer.concat(this.fragments);
    const messageOpcode = this.messageOpcode;
    this.fragments = [];
    this.fragmentBytes = 0;
    this.messageOpcode = 0;
    listener.onMessage(messageOpcode, message);
  }
}

/** A frame as a client sends it: whole, and masked (RFC 6455 §5.3). */
export function clientFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const extended = length > 65_535 ? 8 : length > 125 ? 2 : 0;
  const frame = Buffer.allocUnsafe(6 + extended + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extended === 8 ? 127 : extended === 2 ? 126 : length);
  if (extended === 2) frame.writeUInt16BE(length, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  const maskAt = 2 + extended;
  const mask = crypto.getRandomValues(frame.subarray(maskAt, maskAt + 4));
  const payloadAt = maskAt + 4;
  for (let index = 0; index < length; index++) {
    frame[payloadAt + index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
  }
  return frame;
}

/** The payload of a close frame (RFC 6455 §5.5.1). */
export function closePayload(code: number, reason: string): Buffer {
  const text = Buffer.from(reason, "utf8").subarray(0, 123);
  const payload = Buffer.alloc(2 + text.length);
  payload.writeUInt16BE(code);
  text.copy(payload, 2);
  return payload;
}
