const CR = 13;
const LF = 10;
const TAB = 9;
const SPACE = 32;
const SEMICOLON = 59;
const DELETE = 127;
/** More than any sane size line or trailer section; a peer that sends more is broken. */
const maxLineBytes = 16_384;
/** Of size lines beyond what their chunks make worth while: a body of single bytes with long extensions is an attack. */
const maxExcessBytes = 65_536;
/** For each chunk free of charge: its size and a short extension. */
const freeLineBytes = 32;
/** 48 bits: far more than any body, far less than a number can count exactly. */
const maxSizeDigits = 12;

type Step =
  | "size"
  | "blank"
  | "extension"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailer"
  | "trailer-lf"
  | "end";

/**
 * Finds the end of a chunked body (RFC 9112 §7.1) in bytes that come in any portions. Chunk extensions are
 * skipped. Strict: a line ends with CR LF, and no control character stands in one.
 */
export class ChunkedBody {
  /** What is wrong with the body; undefined while nothing is. */
  fault: string | undefined;
  private step: Step = "size";
  private size = 0;
  private sizeDigits = 0;
  private lineBytes = 0;
  private excessBytes = 0;
  private trailerLine = "";
  private trailerLines: string[] | undefined;

  /** `takesPadding`: a size may have blanks behind it, as old servers write theirs. */
  constructor(private readonly takesPadding = false) {}

  get ended(): boolean {
    return this.step === "end";
  }

  /** The lines of the trailer section so far, as Latin-1; they are not checked to be fields. */
  get trailers(): readonly string[] | undefined {
    return this.trailerLines;
  }

  /**
   * Reads a range and hands the portions of the content to `data`. Returns the offset after the last byte taken: short of the
   * range's end only when the body has ended or is at fault.
   */
  read(
    bytes: Uint8Array,
    start: number,
    data: (bytes: Uint8Array, from: number, to: number) => void,
    end = bytes.length,
  ): number {
    let at = start;
    while (at < end && this.step !== "end" && this.fault === undefined) {
      if (this.step === "data") {
        const to = Math.min(end, at + this.size);
        if (to > at) data(bytes, at, to);
        this.size -= to - at;
        at = to;
        if (this.size === 0) this.step = "data-cr";
      } else {
        this.take(bytes[at++] ?? 0);
      }
    }
    return at;
  }

  private take(byte: number): void {
    if (++this.lineBytes > maxLineBytes) this.fault = `chunk line of over ${maxLineBytes} bytes`;
    switch (this.step) {
      case "size":
        this.takeSize(byte);
        break;
      case "blank":
        // By RFC 9112 blanks stand before an extension alone.
        if (byte === SEMICOLON) this.step = "extension";
        else if (byte === CR && this.takesPadding) this.step = "size-lf";
        else if (byte !== SPACE && byte !== TAB) this.fault = `byte ${byte} behind a chunk size`;
        break;
      case "extension":
        if (byte === CR) this.step = "size-lf";
        else if (isControl(byte)) this.fault = `byte ${byte} in a chunk extension`;
        break;
      case "size-lf":
        this.countExcess();
        this.lineBytes = 0;
        this.expect(byte, LF, this.size === 0 ? "trailer" : "data");
        break;
      case "data-cr":
        this.expect(byte, CR, "data-lf");
        break;
      case "data-lf":
        this.sizeDigits = 0;
        this.lineBytes = 0;
        this.expect(byte, LF, "size");
        break;
      case "trailer":
        if (byte === CR) this.step = "trailer-lf";
        else if (isControl(byte)) this.fault = `byte ${byte} in a trailer`;
        else this.trailerLine += String.fromCharCode(byte);
        break;
      case "trailer-lf":
        // An empty line ends the trailers and with them the body.
        this.expect(byte, LF, this.trailerLine === "" ? "end" : "trailer");
        if (this.trailerLine === "") break;
        this.trailerLines ??= [];
        this.trailerLines.push(this.trailerLine);
        this.trailerLine = "";
    }
  }

  private countExcess(): void {
    this.excessBytes = Math.max(0, this.excessBytes + this.lineBytes - freeLineBytes - this.size);
    if (this.excessBytes > maxExcessBytes) this.fault = "chunk extensions that outweigh their chunks";
  }

  private takeSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.size = this.size * 16 + digit;
      if (++this.sizeDigits > maxSizeDigits) this.fault = `chunk size of over ${maxSizeDigits} digits`;
      return;
    }
    if (this.sizeDigits === 0) this.fault = `chunk size starts with byte ${byte}`;
    else if (byte === CR) this.step = "size-lf";
    else if (byte === SEMICOLON) this.step = "extension";
    else if (byte === SPACE || byte === TAB) this.step = "blank";
    else this.fault = `byte ${byte} in a chunk size`;
  }

  private expect(byte: number, wanted: number, next: Step): void {
    if (byte === wanted) this.step = next;
    else this.fault = `byte ${byte} where ${wanted === CR ? "CR" : "LF"} was expected in a chunked body`;
  }
}

/** -1 for a byte that is none. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

const isControl = (byte: number) => (byte < SPACE && byte !== TAB) || byte === DELETE;
