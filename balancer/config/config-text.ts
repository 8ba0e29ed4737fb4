import { readFileSync } from "node:fs";

export interface TextPosition {
  /** From 1, as `column`. */
  readonly line: number;
  readonly column: number;
}

export type ReadText =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly fault: Partial<TextPosition> & { readonly found: string; readonly expected: string };
    };

/** A config file's text, without the byte order mark that editors on Windows put before it. */
export function readConfigText(file: string): ReadText {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const found = `nothing that can be read (${(error as Error).message})`;
    return { ok: false, fault: { found, expected: "a config" } };
  }
  // Damaged bytes become U+FFFD: what is not the same when it is written again was damaged.
  const text = bytes.toString("utf8");
  const again = Buffer.from(text);
  if (again.equals(bytes)) return { ok: true, text: text.replace(/^\uFEFF/, "") };
  const bad = bytes.findIndex((byte, index) => byte !== again[index]);
  const before = bytes.subarray(0, bad).toString("utf8");
  const byte = (bytes[bad] ?? 0).toString(16).padStart(2, "0");
  const found = `the byte 0x${byte}, which is no UTF-8`;
  return { ok: false, fault: { ...positionAt(before, before.length), found, expected: "UTF-8" } };
}

export function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}
