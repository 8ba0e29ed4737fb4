import { endsAtThisHop } from "./fields.ts";

/** What the edge knows of a request besides its fields. */
export interface RequestLine {
  readonly method: string;
  /** Path and query as the target shall see them. */
  readonly target: string;
  readonly peerAddress: string;
  readonly scheme: "http" | "https";
  /** The peer is a proxy whose word about its own client is kept. */
  readonly isPeerTrusted: boolean;
}

/** How the body is sent on: `undefined` for none, a length, or in chunks. */
export type BodyLength = number | "chunked" | undefined;

/** This balancer's own entry in `Via` (RFC 9110 §7.6.3). */
export const via = "1.1 ballast";

/**
 * The head to send to a target (RFC 9110 §7.6): without what ends at this hop, with `Via` and the
 * `X-Forwarded-*` fields. `Expect` ends here too, since the edge has answered it. `more` are whole
 * lines to add.
 */
export function requestHead(line: RequestLine, fields: Headers, body: BodyLength, more = ""): string {
  const connection = fields.get("connection") ?? undefined;
  let head = `${line.method} ${line.target} HTTP/1.1\r\n${more}`;
  let host = "";
  let passedVia = "";
  let forwardedFor = "";
  let forwardedProto: string = line.scheme;
  let forwardedHost = "";
  for (const [name, value] of fields) {
    switch (name) {
      case "host":
        host = value;
        break;
      case "via":
        passedVia = `${value}, `;
        break;
      case "x-forwarded-for":
        if (line.isPeerTrusted) forwardedFor = `${value}, `;
        break;
      case "x-forwarded-proto":
        if (line.isPeerTrusted) forwardedProto = value;
        break;
      case "x-forwarded-host":
        if (line.isPeerTrusted) forwardedHost = value;
        break;
      case "forwarded":
        // The same claims in RFC 7239's form: from a stranger they are as worthless.
        if (line.isPeerTrusted) head += `forwarded: ${value}\r\n`;
        break;
      case "content-length":
      case "expect":
        break;
      default:
        if (!endsAtThisHop(name, connection)) head += `${name}: ${value}\r\n`;
    }
  }
  if (body === "chunked") head += "transfer-encoding: chunked\r\n";
  else if (body !== undefined) head += `content-length: ${body}\r\n`;
  return `${head}host: ${host}\r\nvia: ${passedVia}${via}\r\nx-forwarded-for: ${forwardedFor}${line.peerAddress}\r\nx-forwarded-proto: ${forwardedProto}\r\nx-forwarded-host: ${forwardedHost || host}\r\n\r\n`;
}

/** The client's own address: the last one in `X-Forwarded-For` that no trusted proxy has added. */
export function clientAddress(
  peerAddress: string,
  forwardedFor: string | null,
  isTrusted: (address: string) => boolean,
): string {
  if (forwardedFor === null || !isTrusted(peerAddress)) return peerAddress;
  const chain = forwardedFor.split(",").map((entry) => entry.trim());
  return chain.findLast((address) => !isTrusted(address)) ?? chain[0] ?? peerAddress;
}
