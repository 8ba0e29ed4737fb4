import { ByteBuffer } from "../byte-buffer.ts";

/** What a stream of JSON objects consists of. */
export type Scanned =
  /** Braces balance; whether it is JSON is not known yet. */
  | { readonly kind: "object"; readonly text: string }
  /** A line for people: what was found, and what was expected. */
  | { readonly kind: "fault"; readonly fault: string };

const openBrace = 123;
const closeBrace = 125;
const quote = 34;
const backslash = 92;
const newline = 10;

/**
 * Finds the JSON objects in a stream of bytes, whether or not anything stands between them and however the
 * stream is cut. What is no object is told once and passed over, up to the next line or opening brace. Never holds more
 * than `maxBytes`: a longer object is told and passed over to its end.
 */
export class ObjectScanner {
  /** What earlier parts had of the object that is not whole yet. */
  private readonly kept = new ByteBuffer(256);
  private depth = 0;
  private isInString = false;
  private isEscaped = false;
  private isPassingOver = false;
  private isTooLong = false;

  constructor(private readonly maxBytes: number) {}

  /** Looks at the next part of the stream; `take` is called for what it completes, in order. */
  push(bytes: Uint8Array, take: (scanned: Scanned) => void): void {
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.depth === 0) {
        if (byte === openBrace) {
          this.depth = 1;
          this.isPassingOver = false;
          from = at;
        } else if (byte === newline) {
          this.isPassingOver = false;
        } else if (!isBlank(byte) && !this.isPassingOver) {
          this.isPassingOver = true;
          take({ kind: "fault", fault: `found ${nameOf(byte)}, expected a JSON object` });
        }
      } else if (this.isInString) {
        if (this.isEscaped) this.isEscaped = false;
        else if (byte === backslash) this.isEscaped = true;
        else if (byte === quote) this.isInString = false;
      } else if (byte === quote) {
        this.isInString = true;
      } else if (byte === openBrace) {
        this.depth++;
      } else if (byte === closeBrace) {
        this.depth--;
        if (this.depth === 0) {
          this.keep(bytes.subarray(from, at + 1), take);
          this.finish(take);
        }
      }
    }
    if (this.depth > 0) this.keep(bytes.subarray(from), take);
  }

  private keep(bytes: Uint8Array, take: (scanned: Scanned) => void): void {
    if (this.isTooLong) return;
    if (this.kept.length + bytes.length <= this.maxBytes) {
      this.kept.append(bytes);
      return;
    }
    this.isTooLong = true;
    this.kept.clear();
    take({
      kind: "fault",
      fault: `found an object over ${this.maxBytes} bytes, expected at most ${this.maxBytes}`,
    });
  }

  private finish(take: (scanned: Scanned) => void): void {
    const { kept, isTooLong } = this;
    this.isTooLong = false;
    if (isTooLong) return;
    const text = utf8(kept.bytes.subarray(0, kept.length));
    kept.clear();
    take(
      text === undefined
        ? { kind: "fault", fault: "found an object with bytes that are no UTF-8, expected UTF-8" }
        : { kind: "object", text },
    );
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Blanks as JSON has them (RFC 8259 §2), without the newline. */
function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}

function nameOf(byte: number): string {
  const isVisible = byte > 32 && byte < 127;
  return isVisible
    ? JSON.stringify(String.fromCharCode(byte))
    : `the byte 0x${byte.toString(16).padStart(2, "0")}`;
}
