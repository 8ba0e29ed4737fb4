const CR = 13;
const LF = 10;
const SEMICOLON = 59;
/** More than any sane size line or trailer section; a peer that sends more is broken. */
const maxLineBytes = 16_384;

type Step =
  | "size"
  | "extension"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailer"
  | "trailer-lf"
  | "end";

/**
 * Finds the end of a chunked body (RFC 9112 §7.1) in bytes that come in any portions.
 * Chunk extensions and trailers are skipped.
 */
export class ChunkedBody {
  /** What is wrong with the body; undefined while nothing is. */
  fault: string | undefined;
  private step: Step = "size";
  private size = 0;
  private sizeDigits = 0;
  private trailerBytes = 0;
  private lineBytes = 0;

  get ended(): boolean {
    return this.step === "end";
  }

  /**
   * Reads on from `start` and hands the portions of the content to `data`. Returns the offset after
   * the last byte taken: short of the chunk's end only when the body has ended or is at fault.
   */
  read(
    bytes: Uint8Array,
    start: number,
    data: (bytes: Uint8Array, from: number, to: number) => void,
  ): number {
    let at = start;
    while (at < bytes.length && this.step !== "end" && this.fault === undefined) {
      if (this.step === "data") {
        const to = Math.min(bytes.length, at + this.size);
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
      case "extension":
        if (byte === CR) this.step = "size-lf";
        else if (byte === LF) this.fault = "bare LF after a chunk size";
        break;
      case "size-lf":
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
        else this.trailerBytes++;
        break;
      case "trailer-lf":
        // An empty line ends the trailers and with them the body.
        this.expect(byte, LF, this.trailerBytes === 0 ? "end" : "trailer");
        this.trailerBytes = 0;
    }
  }

  private takeSize(byte: number): void {
    const digit = Number.parseInt(String.fromCharCode(byte), 16);
    if (!Number.isNaN(digit)) {
      this.size = this.size * 16 + digit;
      if (++this.sizeDigits > 12) this.fault = "chunk size of over 12 digits";
      return;
    }
    if (this.sizeDigits === 0) this.fault = `chunk size starts with byte ${byte}`;
    else if (byte === CR) this.step = "size-lf";
    else if (byte === SEMICOLON || byte === 32 || byte === 9) this.step = "extension";
    else this.fault = `byte ${byte} in a chunk size`;
  }

  private expect(byte: number, wanted: number, next: Step): void {
    if (byte === wanted) this.step = next;
    else this.fault = `byte ${byte} where ${wanted === CR ? "CR" : "LF"} was expected in a chunked body`;
  }
}
