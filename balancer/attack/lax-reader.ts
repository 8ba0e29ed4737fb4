import type { Meaning } from "./cases/request-case.ts";

/** In which ways a reader is laxer than RFC 9112 allows; each has been seen in a server that people use. */
export interface Leniency {
  /** LF alone ends a line. */
  readonly bareLf?: boolean;
  /** CR alone ends a line. */
  readonly bareCr?: boolean;
  /** A line that begins with a blank goes on with the one before. */
  readonly joinsFolds?: boolean;
  /** Blanks and control bytes around a name do not matter. */
  readonly trimsNames?: boolean;
  /** Nor do control bytes around a value. */
  readonly trimsControls?: boolean;
  /** NUL ends a value. */
  readonly nulEnds?: boolean;
  /** `_` in a name is as good as `-`, as in CGI. */
  readonly underscores?: boolean;
  /** Of several lengths the last counts, else the first. */
  readonly lastLength?: boolean;
  /** As much of a length is taken as is a number, signs and prefixes allowed. */
  readonly looseLength?: boolean;
  /** A length beside a coding counts, else the coding. */
  readonly lengthWins?: boolean;
  /** A coding in which `chunked` stands somewhere. */
  readonly looseCoding?: boolean;
  /** As much of a chunk's size is taken as is hexadecimal. */
  readonly looseChunkSize?: boolean;
  /** Numbers wrap: sizes of chunks at 32 bits, lengths, which may well be above that, at 64. */
  readonly wraps?: boolean;
  /** What stands between a chunk and the next size is passed over, whatever it is. */
  readonly anyChunkEnd?: boolean;
  /** A line of a method and a target alone is a whole request. */
  readonly version09?: boolean;
  /** The host of an absolute target counts, not the field. */
  readonly targetHost?: boolean;
  /** The last of several hosts counts. */
  readonly lastHost?: boolean;
}

const knobs = [
  "bareLf",
  "bareCr",
  "joinsFolds",
  "trimsNames",
  "trimsControls",
  "nulEnds",
  "underscores",
  "lastLength",
  "looseLength",
  "lengthWins",
  "looseCoding",
  "looseChunkSize",
  "wraps",
  "anyChunkEnd",
  "version09",
  "targetHost",
  "lastHost",
] as const satisfies readonly (keyof Leniency)[];

/** By the book, with each leniency alone, with every two of them, and with all. */
export const leniencies: readonly Leniency[] = [
  {},
  ...knobs.map((one) => ({ [one]: true })),
  ...knobs.flatMap((one, index) => knobs.slice(index + 1).map((other) => ({ [one]: true, [other]: true }))),
  Object.fromEntries(knobs.map((knob) => [knob, true])),
];

export interface LaxReading {
  readonly requests: readonly Meaning[];
  /** Bytes behind the last request that are none yet, or never will be. */
  readonly rest: string;
}

/** What a reader of that kind takes for requests in what came over one connection; Latin-1. */
export function readLaxly(text: string, leniency: Leniency): LaxReading {
  const requests: Meaning[] = [];
  let rest = text;
  for (;;) {
    const found = readOne(rest, leniency);
    if (found === undefined || found.end === 0) return { requests, rest };
    requests.push(found.meaning);
    rest = rest.slice(found.end);
  }
}

interface Found {
  readonly meaning: Meaning;
  readonly end: number;
}

function readOne(text: string, leniency: Leniency): Found | undefined {
  const first = lineAt(text, 0, leniency);
  if (first === undefined) return undefined;
  const [method = "", target = "", version] = first.line.trim().split(/[ \t]+/);
  const meaning: Meaning = { method, target, host: "", body: "" };
  if (version === undefined && leniency.version09 === true) return { meaning, end: first.end };
  const lines: string[] = [];
  let at = first.end;
  for (;;) {
    const next = lineAt(text, at, leniency);
    if (next === undefined) return undefined;
    at = next.end;
    if (next.line === "") break;
    const last = lines.length - 1;
    if (leniency.joinsFolds === true && /^[ \t]/.test(next.line) && last >= 0)
      lines[last] += ` ${next.line.trim()}`;
    else lines.push(next.line);
  }
  const fields = lines.map((line) => fieldOf(line, leniency));
  const body = bodyAt(text, at, fields, leniency);
  if (body === undefined) return undefined;
  return {
    meaning: { ...meaning, host: hostOf(target, fields, leniency), body: body.content },
    end: body.end,
  };
}

interface Line {
  readonly line: string;
  readonly end: number;
}

function lineAt(text: string, from: number, { bareLf, bareCr }: Leniency): Line | undefined {
  const end =
    bareLf === true ? (bareCr === true ? /\r?\n|\r/g : /\r?\n/g) : bareCr === true ? /\r\n?/g : /\r\n/g;
  end.lastIndex = from;
  const found = end.exec(text);
  return found === null
    ? undefined
    : { line: text.slice(from, found.index), end: found.index + found[0].length };
}

type Field = readonly [name: string, value: string];

function fieldOf(line: string, { trimsNames, trimsControls, nulEnds, underscores }: Leniency): Field {
  const colon = line.indexOf(":");
  let name = line.slice(0, Math.max(0, colon)).toLowerCase();
  let value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
  if (trimsNames === true) name = name.replace(/^[\0-\x20]+|[\0-\x20]+$/g, "");
  if (trimsControls === true) value = value.replace(/^[\0-\x20\x7f-\xa0]+|[\0-\x20\x7f-\xa0]+$/g, "");
  if (nulEnds === true) [value = ""] = value.split("\0");
  return [underscores === true ? name.replaceAll("_", "-") : name, value];
}

const valuesOf = (fields: readonly Field[], name: string) =>
  fields.filter(([known]) => known === name).map(([, value]) => value);

function hostOf(target: string, fields: readonly Field[], { targetHost, lastHost }: Leniency): string {
  const inTarget = /^https?:\/\/([^/?]*)/i.exec(target)?.[1];
  if (targetHost === true && inTarget !== undefined) return inTarget.toLowerCase();
  return (valuesOf(fields, "host").at(lastHost === true ? -1 : 0) ?? "").toLowerCase();
}

interface Body {
  readonly content: string;
  readonly end: number;
}

function bodyAt(text: string, at: number, fields: readonly Field[], leniency: Leniency): Body | undefined {
  const codings = valuesOf(fields, "transfer-encoding").join(", ").toLowerCase();
  const isChunked = leniency.looseCoding === true ? codings.includes("chunked") : codings === "chunked";
  const lengths = valuesOf(fields, "content-length").flatMap((value) => value.split(","));
  const length = lengths.at(leniency.lastLength === true ? -1 : 0);
  if (isChunked && !(leniency.lengthWins === true && length !== undefined))
    return chunksAt(text, at, leniency);
  if (length === undefined) return { content: "", end: at };
  const end = at + lengthOf(length, leniency);
  return end > text.length ? undefined : { content: text.slice(at, end), end };
}

function lengthOf(text: string, { looseLength, wraps }: Leniency): number {
  const digits =
    looseLength === true ? /\d+/.exec(text.replace(/^\s*[+-]?(0x)?/i, ""))?.[0] : /^\d+$/.exec(text)?.[0];
  const length = Number(digits ?? 0);
  return wraps === true ? Number(BigInt(digits ?? 0) % 2n ** 64n) : length;
}

function chunksAt(text: string, start: number, leniency: Leniency): Body | undefined {
  let content = "";
  for (let at = start; ; ) {
    const sizeLine = lineAt(text, at, leniency);
    if (sizeLine === undefined) return undefined;
    const size = sizeOf(sizeLine.line, leniency);
    if (size === 0) return trailersAt(text, sizeLine.end, content, leniency);
    const dataEnd = sizeLine.end + size;
    if (dataEnd > text.length) return undefined;
    content += text.slice(sizeLine.end, dataEnd);
    at = leniency.anyChunkEnd === true ? dataEnd + 2 : (lineAt(text, dataEnd, leniency)?.end ?? text.length);
  }
}

function sizeOf(line: string, { looseChunkSize, wraps }: Leniency): number {
  const [text = ""] = line.split(";");
  const digits = (looseChunkSize === true ? /^\s*[+-]?(?:0x)?([\da-f]+)/i : /^([\da-f]+)[ \t]*$/i).exec(
    text,
  )?.[1];
  const size = Number.parseInt(digits ?? "0", 16);
  return wraps === true ? size % 2 ** 32 : size;
}

function trailersAt(text: string, start: number, content: string, leniency: Leniency): Body | undefined {
  for (let at = start; ; ) {
    const next = lineAt(text, at, leniency);
    if (next === undefined) return undefined;
    at = next.end;
    if (next.line === "") return { content, end: at };
  }
}
