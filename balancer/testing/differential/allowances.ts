import { METHODS } from "node:http";
import type { Reading } from "./reading.ts";
import type { SeenMessage, Stream } from "./stream.ts";

/** A reason why another reader may stop where the edge takes a message, though both see the same bounds. */
export interface Allowance {
  readonly why: string;
  /** `other` is the reading that stopped before `message`, which the edge has taken. */
  applies(message: SeenMessage, other: Reading, stream: Stream): boolean;
}

/** Any token is a method (RFC 9110 §9.1); what the target makes of it is the target's business. */
const unknownMethod: Allowance = {
  why: "it knows a list of methods only",
  applies: ({ method }, other) => other.end !== "open" && !METHODS.includes(method),
};

/** It refuses a stream in which this stands somewhere. */
const refuses = (why: string, pattern: RegExp): Allowance => ({
  why,
  applies: (_message, { end }, { text }) => end === "refused" && pattern.test(text),
});

/** They end at the edge, which puts a body in chunks of its own; the generator's own one is sound. */
const looksIntoExtensions = refuses("it looks into chunk extensions", /^[\da-f]+(?:[\t ]+;|;(?!x=y\r\n))/im);

export const ofLlhttp: readonly Allowance[] = [
  unknownMethod,
  looksIntoExtensions,
  refuses(
    "it refuses the trailers that the edge leaves out",
    /\r\n0+(?:;[^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*(?:content-length|transfer-encoding):/i,
  ),
];

export const ofBun: readonly Allowance[] = [
  unknownMethod,
  looksIntoExtensions,
  refuses("it takes no trailers", /\r\n0+(?:;[^\r\n]*)?\r\n[^\r\n]/),
  refuses("it takes no empty name in Host", /^host:[\t ]*(?::\d*)?[\t ]*\r\n/im),
  refuses("no URL can be made of it", /OPTIONS \* HTTP/),
  {
    why: "it takes no empty line before a request (RFC 9112 §2.2)",
    applies: ({ method }, other, { text }) => other.end === "refused" && text.includes(`\r\n${method} `),
  },
  {
    why: "it wants a Host in HTTP/1.0, and keeps no connection of it",
    applies: (_message, other, { text }) => other.end !== "open" && text.includes("HTTP/1.0"),
  },
];
