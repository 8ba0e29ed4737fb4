import { serveMost } from "../../config/edge-rules.ts";
import type { HttpListenerConfig } from "../../config/schema.ts";
import { isHost } from "../message/host.ts";

export interface ServeFault {
  readonly status: 400 | 405 | 413 | 414 | 417 | 431;
  /** One line for people. */
  readonly reason: string;
}

/** What `Bun.serve` hands over though two readers could take it in two ways, or no target can do anything with it. */
export class RequestFaults {
  /** The last one that was sound: nearly always it comes again. */
  private soundHost = "";
  private readonly maxFields: number;
  private readonly maxTargetBytes: number;
  /** Undefined where Bun itself takes no longer ones: to measure a head takes a while. */
  private readonly maxHeadBytes: number | undefined;
  private readonly maxBodyBytes: number;

  constructor({ maxFields, maxHeadBytes, maxTargetBytes, maxBodyBytes }: HttpListenerConfig) {
    this.maxFields = maxFields;
    this.maxTargetBytes = maxTargetBytes;
    this.maxBodyBytes = maxBodyBytes;
    this.maxHeadBytes = maxHeadBytes < serveMost.maxHeadBytes ? maxHeadBytes : undefined;
  }

  /** `target`: path and query. */
  tooLarge({ method, headers }: Request, target: string): ServeFault | undefined {
    const { maxFields, maxHeadBytes, maxTargetBytes } = this;
    if (headers.count > maxFields)
      return { status: 431, reason: `found ${headers.count} header fields, expected at most ${maxFields}` };
    if (target.length > maxTargetBytes)
      return { status: 414, reason: `found a target of over ${maxTargetBytes} bytes` };
    if (maxHeadBytes !== undefined && headBytes(method, target, headers) > maxHeadBytes)
      return { status: 431, reason: `found a head of over ${maxHeadBytes} bytes` };
    return undefined;
  }

  /** `host` is the value of `Host`; several lines of it come joined with commas, which no name holds. */
  of({ method, headers }: Request, host: string): ServeFault | undefined {
    if (host !== this.soundHost) {
      if (!isHost(host)) return { status: 400, reason: "no valid Host" };
      this.soundHost = host;
    }
    // Bun drops what stands behind the head of these.
    if (method === "GET" || method === "HEAD") return undefined;
    if (method === "CONNECT") return { status: 405, reason: "CONNECT is not offered" };
    const expect = headers.get("expect");
    if (expect !== null && expect.toLowerCase() !== "100-continue")
      return { status: 417, reason: "an expectation other than 100-continue" };
    // Equal lengths on several lines come joined, "5, 5" (RFC 9110 §8.6); Bun itself refuses unlike ones.
    const length = headers.get("content-length");
    if (length !== null) return this.ofLength(length);
    const coding = headers.get("transfer-encoding");
    if (coding !== null && coding.toLowerCase() !== "chunked")
      return { status: 400, reason: "a Transfer-Encoding other than chunked" };
    return undefined;
  }

  private ofLength(length: string): ServeFault | undefined {
    if (!/^\d{1,15}$/.test(length)) return { status: 400, reason: "no valid Content-Length" };
    if (Number(length) <= this.maxBodyBytes) return undefined;
    return { status: 413, reason: `found a body of ${length} bytes, expected at most ${this.maxBodyBytes}` };
  }
}

/** As HTTP/1.1 has it, whatever it came by. */
function headBytes(method: string, target: string, headers: Headers): number {
  let bytes = `${method} ${target} HTTP/1.1\r\n\r\n`.length;
  headers.forEach((value, name) => {
    bytes += `${name}: ${value}\r\n`.length;
  });
  return bytes;
}
