import type { ByteBuffer } from "../../byte-buffer.ts";
import type { LoggedExchange, LoggedRequest } from "../logged.ts";
import type { StreamEnd } from "../stream-end.ts";
import type { LineFormat } from "./line-format.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const msPerSecond = 1000;

/**
 * The Common Log Format, or with `hasAgent` the Combined one, as Apache and nginx write them. What comes from outside is
 * escaped as Apache does: quotes, backslashes and all that is not printable ASCII. Times are UTC.
 */
export class CommonLines implements LineFormat {
  private formattedAtSecond = -1;
  private formattedTime = "";

  constructor(readonly hasAgent: boolean) {}

  encode(): undefined {
    return undefined;
  }

  request(
    lines: ByteBuffer,
    epochMs: number,
    request: LoggedRequest,
    status: number,
    exchange: LoggedExchange,
  ): void {
    const { client, method, path, version } = request;
    this.begin(lines, client, epochMs);
    // Of what could not be read nothing is known.
    lines.latin1(method === "" ? "-" : escaped(`${method} ${path} ${version}`));
    this.end(lines, status, exchange.bytesReceived);
    if (this.hasAgent) {
      lines.latin1(` "${escaped(request.referer ?? "-")}" "${escaped(request.userAgent ?? "-")}"`);
    }
    lines.latin1("\n");
  }

  /** The request is the protocol and the group; the status 200, or 502 where something went wrong. */
  stream(lines: ByteBuffer, epochMs: number, protocol: "tcp" | "udp", group: string, end: StreamEnd): void {
    this.begin(lines, end.address, epochMs);
    lines.latin1(escaped(`${protocol.toUpperCase()} ${group}`));
    this.end(lines, end.fault === undefined ? 200 : 502, end.bytesOut);
    lines.latin1(this.hasAgent ? ' "-" "-"\n' : "\n");
  }

  private begin(lines: ByteBuffer, client: string, epochMs: number): void {
    lines.latin1(escaped(client === "" ? "-" : client));
    lines.latin1(" - - [");
    lines.latin1(this.time(epochMs));
    lines.latin1('] "');
  }

  private end(lines: ByteBuffer, status: number, bytes: number): void {
    lines.latin1('" ');
    lines.integer(status);
    lines.latin1(" ");
    if (bytes === 0) lines.latin1("-");
    else lines.integer(bytes);
  }

  private time(epochMs: number): string {
    const second = Math.floor(epochMs / msPerSecond);
    if (second !== this.formattedAtSecond) {
      this.formattedAtSecond = second;
      const [date = "", time = ""] = new Date(second * msPerSecond).toISOString().split("T");
      const [year, month, day] = date.split("-");
      this.formattedTime = `${day}/${months[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
    }
    return this.formattedTime;
  }
}

/** ASCII that no reader takes for the end of a field or of a line. */
function escaped(text: string): string {
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text)) return text;
  let out = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '"' || character === "\\") out += `\\${character}`;
    else if (code >= 32 && code < 127) out += character;
    // As the byte it came as; what is none of Latin-1 was decoded by somebody, and goes as UTF-8 again.
    else if (code <= 255) out += hexadecimal(code);
    else for (const byte of Buffer.from(character)) out += hexadecimal(byte);
  }
  return out;
}

const hexadecimal = (byte: number) => `\\x${byte.toString(16).padStart(2, "0")}`;
