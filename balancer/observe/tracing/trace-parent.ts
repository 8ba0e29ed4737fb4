/** What a client says of the trace that its request is part of (W3C Trace Context, Level 1). */
export interface TraceParent {
  /** 32 hexadecimal digits in lower case, not all 0. */
  readonly traceId: string;
  /** 16 of them: the client's span. */
  readonly spanId: string;
  readonly isSampled: boolean;
  /** Value of `tracestate`; empty when there is none. */
  readonly state: string;
}

/** The length of a `traceparent` of version 00. */
export const traceparentLength = 55;

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Undefined for what is none, and a new trace begins (§3.2.2.1–5): higher versions may have more behind the flags. */
export function parseTraceparent(value: string, state: string): TraceParent | undefined {
  const match = pattern.exec(value.trim());
  if (match === null) return undefined;
  const [, version = "", traceId = "", spanId = "", flags = "", more] = match;
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1, state };
}

export function formatTraceparent(traceId: string, spanId: string, isSampled: boolean): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}
