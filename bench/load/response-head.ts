/** How the end of a response's body is found (RFC 9112 §6.3). */
export type Framing = "length" | "chunked" | "close";

export interface ResponseHead {
  readonly status: number;
  readonly framing: Framing;
  /** Bytes of the body when `framing` is `length`; 0 for responses that have none. */
  readonly contentLength: number;
  /** Whether the connection may carry another request afterwards. */
  readonly keepAlive: boolean;
  /** `x-ballast-target` */
  readonly target: string | undefined;
  readonly json: boolean;
}

export type Method = "GET" | "HEAD";

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [^\r\n\0]*)?$/;
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Reads a head, without the empty line at its end. Stricter than a browser: what RFC 9112 forbids
 * a server to send is an error here, since a load generator has to notice it.
 * Returns a string that says what is wrong with a head that is none.
 */
export function parseResponseHead(text: string, method: Method): ResponseHead | string {
  const lines = text.split("\r\n");
  const start = statusLine.exec(lines[0] ?? "");
  if (start === null) return `status line ${JSON.stringify((lines[0] ?? "").slice(0, 80))}`;
  const status = Number(start[2]);
  let keepAlive = start[1] === "1";
  let length: string | undefined;
  let coding: string | undefined;
  let target: string | undefined;
  let json = false;

  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const colon = line.indexOf(":");
    if (colon < 1 || !fieldName.test(line.slice(0, colon)) || /[\r\n\0]/.test(line)) {
      return `header line ${JSON.stringify(line.slice(0, 80))}`;
    }
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, colon).toLowerCase()) {
      case "content-length":
        if (!/^\d{1,15}$/.test(value)) return `content-length ${JSON.stringify(value)}`;
        if (length !== undefined && length !== value) return `two content-lengths: ${length}, ${value}`;
        length = value;
        break;
      case "transfer-encoding":
        coding = coding === undefined ? value.toLowerCase() : `${coding}, ${value.toLowerCase()}`;
        break;
      case "connection":
        if (/(^|[\s,])close([\s,]|$)/i.test(value)) keepAlive = false;
        else if (/(^|[\s,])keep-alive([\s,]|$)/i.test(value)) keepAlive = true;
        break;
      case "content-type":
        json = /^application\/json\b/i.test(value);
        break;
      case "x-ballast-target":
        target = value;
        break;
    }
  }
  if (length !== undefined && coding !== undefined) return "both content-length and transfer-encoding";

  const bodiless = method === "HEAD" || status < 200 || status === 204 || status === 304;
  if (bodiless) return { status, framing: "length", contentLength: 0, keepAlive, target, json };
  if (coding !== undefined) {
    // A coding that does not end in chunked is delimited by the close of the connection.
    const chunked = /(^|,)\s*chunked$/.test(coding);
    const framing = chunked ? "chunked" : "close";
    return { status, framing, contentLength: 0, keepAlive: keepAlive && chunked, target, json };
  }
  if (length === undefined)
    return { status, framing: "close", contentLength: 0, keepAlive: false, target, json };
  return { status, framing: "length", contentLength: Number(length), keepAlive, target, json };
}
