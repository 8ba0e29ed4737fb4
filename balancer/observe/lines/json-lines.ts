import { ByteBuffer } from "../../byte-buffer.ts";
import { hostPort } from "../../host-port.ts";
import type { LoggedExchange, LoggedRequest } from "../logged.ts";
import type { StreamEnd } from "../stream-end.ts";
import type { LineFormat } from "./line-format.ts";

const scratch = new ByteBuffer(4096);

/** An object a line. */
export class JsonLines implements LineFormat {
  readonly hasAgent = false;
  private formattedAtMs = -1;
  private formattedTime = "";

  encode(request: LoggedRequest): Uint8Array {
    scratch.clear();
    writeRequest(scratch, request);
    return scratch.copy();
  }

  request(
    lines: ByteBuffer,
    epochMs: number,
    request: LoggedRequest,
    status: number,
    exchange: LoggedExchange,
    durationMs: number,
    traceId: string | undefined,
  ): void {
    const { target, firstByteMs, fault } = exchange;
    lines.latin1('{"time":"');
    lines.latin1(this.time(epochMs));
    if (request.encoded === undefined) writeRequest(lines, request);
    else lines.append(request.encoded);
    lines.latin1(',"status":');
    lines.integer(status);
    lines.latin1(',"bytes":');
    lines.integer(exchange.bytesReceived);
    lines.latin1(',"ms":');
    lines.thousandths(durationMs);
    lines.latin1(',"attempts":');
    lines.integer(exchange.attempts);
    if (target !== undefined) {
      lines.latin1(',"target":');
      lines.json(target.id);
    }
    if (firstByteMs !== undefined) {
      lines.latin1(',"firstByteMs":');
      lines.thousandths(firstByteMs);
    }
    if (fault !== undefined) {
      lines.latin1(',"fault":');
      lines.json(fault);
    }
    if (traceId !== undefined) {
      lines.latin1(',"traceId":"');
      lines.latin1(traceId);
      lines.latin1('"');
    }
    lines.latin1("}\n");
  }

  stream(lines: ByteBuffer, epochMs: number, protocol: "tcp" | "udp", group: string, end: StreamEnd): void {
    const { address, port, target, bytesIn, bytesOut, durationMs, fault } = end;
    lines.latin1('{"time":"');
    lines.latin1(this.time(epochMs));
    lines.latin1('","protocol":"');
    lines.latin1(protocol);
    lines.latin1('","client":');
    lines.json(hostPort(address, port));
    lines.latin1(',"group":');
    lines.json(group);
    if (target !== undefined) {
      lines.latin1(',"target":');
      lines.json(target.id);
    }
    lines.latin1(',"bytesIn":');
    lines.integer(bytesIn);
    lines.latin1(',"bytesOut":');
    lines.integer(bytesOut);
    lines.latin1(',"ms":');
    lines.thousandths(durationMs);
    if (fault !== undefined) {
      lines.latin1(',"fault":');
      lines.json(fault);
    }
    lines.latin1("}\n");
  }

  /** Formatted once a millisecond, for it costs more than the rest of a line. */
  private time(epochMs: number): string {
    if (epochMs !== this.formattedAtMs) {
      this.formattedAtMs = epochMs;
      this.formattedTime = new Date(epochMs).toISOString();
    }
    return this.formattedTime;
  }
}

/** Begins with the end of the time. */
function writeRequest(lines: ByteBuffer, { client, method, host, path, group }: LoggedRequest): void {
  lines.latin1('","client":');
  lines.json(client);
  lines.latin1(',"method":');
  lines.json(method);
  lines.latin1(',"host":');
  lines.json(host);
  lines.latin1(',"path":');
  lines.json(path);
  if (group !== undefined) {
    lines.latin1(',"group":');
    lines.json(group);
  }
}
