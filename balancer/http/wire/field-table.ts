import type { ByteBuffer } from "../../byte-buffer.ts";
import { type FieldLookup, isNamedIn } from "../message/fields.ts";
import { COLON, CR, isTokenByte, isValueByte, LF, SPACE, TAB } from "./bytes.ts";
import { type FieldKind, kindOf, kinds } from "./field-kinds.ts";
import { bad, type RequestFault } from "./request-fault.ts";

/** Names no field that is to be taken out. */
const ordinaryConnection = /^(?:keep-alive|close|upgrade)$/i;

/** The header lines of one head, as places in the buffer it was read from: a text is made only of what is asked for. */
export class FieldTable implements FieldLookup {
  private bytes: Buffer = Buffer.alloc(0);
  private lines = 0;
  private readonly kindAt: FieldKind[] = [];
  private readonly nameFrom: number[] = [];
  private readonly nameTo: number[] = [];
  private readonly valueFrom: number[] = [];
  private readonly valueTo: number[] = [];
  private readonly lineTo: number[] = [];

  /** How many lines there are. */
  get count(): number {
    return this.lines;
  }

  /** Forgets the last head. */
  clear(): void {
    this.lines = 0;
  }

  /** Reads the lines from `from` on, the last of which ends at `to`, strictly by RFC 9112 §5. */
  read(bytes: Buffer, from: number, to: number): RequestFault | undefined {
    this.bytes = bytes;
    this.lines = 0;
    let at = from;
    // The last field's end of line is the first half of what ends the head.
    while (at < to + 2) {
      const nameFrom = at;
      while (isTokenByte[bytes[at] ?? 0] === 1) at++;
      if (at === nameFrom || bytes[at] !== COLON) return bad("a header line without a valid name and colon");
      const nameTo = at++;
      while (bytes[at] === SPACE || bytes[at] === TAB) at++;
      const valueFrom = at;
      while (isValueByte[bytes[at] ?? 0] === 1) at++;
      if (bytes[at] !== CR || bytes[at + 1] !== LF) return bad("a control character in a header line");
      let valueTo = at;
      while (valueTo > valueFrom && (bytes[valueTo - 1] === SPACE || bytes[valueTo - 1] === TAB)) valueTo--;
      at += 2;
      const index = this.lines++;
      this.nameFrom[index] = nameFrom;
      this.nameTo[index] = nameTo;
      this.valueFrom[index] = valueFrom;
      this.valueTo[index] = valueTo;
      this.lineTo[index] = at;
      this.kindAt[index] = kindOf(bytes, nameFrom, nameTo);
    }
    return undefined;
  }

  /** What the line at `index` is to the balancer. */
  kind(index: number): FieldKind | undefined {
    return this.kindAt[index];
  }

  value(index: number): string {
    return this.bytes.toString("latin1", this.valueFrom[index], this.valueTo[index]);
  }

  /** The value of a field, several lines of it joined as RFC 9110 §5.3 says. */
  get(lowerCaseName: string): string | null {
    let joined: string | null = null;
    for (let index = 0; index < this.lines; index++) {
      if (this.name(index) !== lowerCaseName) continue;
      joined = joined === null ? this.value(index) : `${joined}, ${this.value(index)}`;
    }
    return joined;
  }

  /** As {@link get} for a kind; empty when there is none. */
  valueOf(kind: FieldKind): string {
    let joined = "";
    for (let index = 0; index < this.lines; index++) {
      if (this.kindAt[index] !== kind) continue;
      joined = joined === "" ? this.value(index) : `${joined}, ${this.value(index)}`;
    }
    return joined;
  }

  /**
   * Appends the lines that pass as they came: those of no special kind, and those of the kinds in `also`, but none that `connection` names,
   * the value of that field.
   */
  writePassing(out: ByteBuffer, also: readonly FieldKind[], connection: string | undefined): void {
    const hidden = connection === undefined || ordinaryConnection.test(connection) ? "" : connection;
    let from = 0;
    let to = 0;
    for (let index = 0; index < this.lines; index++) {
      const kind = this.kindAt[index] ?? kinds.dropped;
      if (kind !== kinds.other && !also.includes(kind)) continue;
      if (hidden !== "" && isNamedIn(hidden, this.name(index))) continue;
      // Lines that stand together go together.
      const lineFrom = this.nameFrom[index] ?? 0;
      if (lineFrom !== to) {
        out.appendRange(this.bytes, from, to);
        from = lineFrom;
      }
      to = this.lineTo[index] ?? 0;
    }
    out.appendRange(this.bytes, from, to);
  }

  private name(index: number): string {
    return this.bytes.toString("latin1", this.nameFrom[index], this.nameTo[index]).toLowerCase();
  }
}
