const encoder = new TextEncoder();
const quote = 34;
const backslash = 92;
const zero = 48;
const loopBytes = 64;

/**
 * Bytes put together in place. Joined strings would become ropes: an object for each part, to be
 * walked through again when they are written.
 */
export class ByteBuffer {
  private space: Uint8Array<ArrayBuffer>;
  private end = 0;

  constructor(capacity: number) {
    this.space = new Uint8Array(capacity);
  }

  get length(): number {
    return this.end;
  }

  /** The first {@link length} are what was appended; they stand only until the next change. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.space;
  }

  clear(): void {
    this.end = 0;
  }

  /** A copy of what was appended, from the byte at `start` on. */
  copy(start = 0): Uint8Array {
    return this.space.slice(start, this.end);
  }

  /** Appends bytes as they are. */
  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.space.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Appends the bytes of `bytes` in a range. A loop is quicker than a view of so few of them. */
  appendRange(bytes: Uint8Array, from: number, to: number): void {
    const count = to - from;
    if (count > loopBytes) {
      this.append(bytes.subarray(from, to));
      return;
    }
    this.reserve(count);
    const { space, end } = this;
    for (let index = 0; index < count; index++) space[end + index] = bytes[from + index] ?? 0;
    this.end = end + count;
  }

  /** Appends a text of Latin-1 characters, a byte for each. */
  latin1(text: string): void {
    this.reserve(text.length);
    const { space, end } = this;
    for (let index = 0; index < text.length; index++) space[end + index] = text.charCodeAt(index);
    this.end = end + text.length;
  }

  /** Puts a text of Latin-1 characters in the place of as many bytes, from `at` on. */
  overwrite(at: number, text: string): void {
    for (let index = 0; index < text.length; index++) this.space[at + index] = text.charCodeAt(index);
  }

  /** Appends a text as a JSON string. */
  json(text: string): void {
    this.reserve(text.length + 2);
    const { space, end } = this;
    space[end] = quote;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code < 32 || code > 126 || code === quote || code === backslash) {
        this.escaped(text);
        return;
      }
      space[end + 1 + index] = code;
    }
    space[end + 1 + text.length] = quote;
    this.end = end + text.length + 2;
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
      this.space[at] = zero + digit;
      rest = (rest - digit) / 10;
    }
  }

  /** Appends a whole number that is not negative, in hexadecimal digits. */
  hexadecimal(value: number): void {
    this.latin1(value.toString(16));
  }

  /** Appends a number that is not negative, rounded to three decimals. */
  thousandths(value: number): void {
    const scaled = Math.round(value * 1000);
    const rest = scaled % 1000;
    this.integer((scaled - rest) / 1000);
    this.latin1(rest < 10 ? ".00" : rest < 100 ? ".0" : ".");
    this.integer(rest);
  }

  private escaped(text: string): void {
    this.append(encoder.encode(JSON.stringify(text)));
  }

  private reserve(byteCount: number): void {
    if (this.end + byteCount <= this.space.length) return;
    const larger = new Uint8Array(Math.max(this.space.length * 2, this.end + byteCount));
    larger.set(this.space);
    this.space = larger;
  }
}
