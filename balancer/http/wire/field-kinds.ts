const HYPHEN = 45;
const UNDERSCORE = 95;

/** What a request's field is to the balancer. */
export const kinds = {
  /** Nothing: it is passed on as it came. */
  other: 0,
  /** Of this hop alone, and of no interest. */
  dropped: 1,
  host: 2,
  contentLength: 3,
  transferEncoding: 4,
  connection: 5,
  expect: 6,
  upgrade: 7,
  te: 8,
  trailer: 9,
  via: 10,
  forwarded: 11,
  forwardedFor: 12,
  forwardedProto: 13,
  forwardedHost: 14,
  traceparent: 15,
  tracestate: 16,
} as const;

export type FieldKind = (typeof kinds)[keyof typeof kinds];

const named: Readonly<Record<string, FieldKind>> = {
  host: kinds.host,
  "content-length": kinds.contentLength,
  "transfer-encoding": kinds.transferEncoding,
  connection: kinds.connection,
  expect: kinds.expect,
  upgrade: kinds.upgrade,
  te: kinds.te,
  trailer: kinds.trailer,
  via: kinds.via,
  forwarded: kinds.forwarded,
  "x-forwarded-for": kinds.forwardedFor,
  "x-forwarded-proto": kinds.forwardedProto,
  "x-forwarded-host": kinds.forwardedHost,
  traceparent: kinds.traceparent,
  tracestate: kinds.tracestate,
  "keep-alive": kinds.dropped,
  "proxy-connection": kinds.dropped,
  "proxy-authenticate": kinds.dropped,
  "proxy-authorization": kinds.dropped,
  // Goes with the upgrade to h2c, which is not offered.
  "http2-settings": kinds.dropped,
};

/** By length, since that rules out nearly all names at once. */
const byLength: (readonly { readonly name: string; readonly kind: FieldKind }[])[] = [];
for (const [name, kind] of Object.entries(named)) {
  byLength[name.length] = [...(byLength[name.length] ?? []), { name, kind }];
}

/** The kind of the field whose name stands in `bytes`, in whatever case. */
export function kindOf(bytes: Uint8Array, from: number, to: number): FieldKind {
  const candidates = byLength[to - from];
  if (candidates === undefined) return kinds.other;
  for (const { name, kind } of candidates) {
    const likeness = compare(bytes, from, name);
    if (likeness !== "other") return likeness === "same" ? kind : kinds.dropped;
  }
  return kinds.other;
}

/** `disguised`: the same but for underscores, which CGI and all that came of it take for hyphens. */
function compare(bytes: Uint8Array, from: number, lowerCaseName: string): "same" | "disguised" | "other" {
  let likeness: "same" | "disguised" = "same";
  for (let index = 0; index < lowerCaseName.length; index++) {
    const byte = bytes[from + index] ?? 0;
    const wanted = lowerCaseName.charCodeAt(index);
    // Bit 5 is the case of a letter, and is set in digits and the hyphen; in a token no other byte becomes one by it.
    if ((byte | 32) === wanted) continue;
    if (byte !== UNDERSCORE || wanted !== HYPHEN) return "other";
    likeness = "disguised";
  }
  return likeness;
}
