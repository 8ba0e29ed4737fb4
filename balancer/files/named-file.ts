import { readFileSync } from "node:fs";

/** What is wrong with a file, or a variable, that the config names. */
export interface NamedFault {
  /** The key that names it, such as `cert`. */
  readonly key: string;
  /** The file's name as the config has it. */
  readonly name: string;
  readonly found: string;
  readonly expected: string;
}

/** What a config names, read, or all that is wrong with it. */
export type Named<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly NamedFault[] };

/** A file's whole text; `what` says what it should have been, such as "a PEM file with the private key". */
export function readNamed(key: string, name: string, what: string): Named<string> {
  try {
    return { ok: true, value: readFileSync(name, "utf8") };
  } catch (error) {
    const found = `nothing that can be read (${(error as Error).message})`;
    return { ok: false, faults: [{ key, name, found, expected: what }] };
  }
}

/** As {@link readNamed}, of a file in the form of RFC 7468. */
export function readPem(key: string, name: string, what: string): Named<string> {
  const read = readNamed(key, name, what);
  if (!read.ok || read.value.includes("-----BEGIN ")) return read;
  return { ok: false, faults: [{ key, name, found: "no PEM block", expected: `${what}: "-----BEGIN …"` }] };
}

/** The value; throws with the first fault where there is none. */
export function valueIn<T>(named: Named<T>): T {
  if (named.ok) return named.value;
  const [fault] = named.faults;
  throw new Error(`${fault?.name}: found ${fault?.found}, expected ${fault?.expected}`);
}
