import { isHost } from "../host.ts";

export interface ServeFault {
  readonly status: 400 | 405 | 417;
  /** One line for people. */
  readonly reason: string;
}

/** What `Bun.serve` hands over though two readers could take it in two ways, or no target can do anything with it. */
export class RequestFaults {
  /** The last one that was sound: nearly always it comes again. */
  private soundHost = "";

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
    if (length !== null)
      return /^\d{1,15}$/.test(length) ? undefined : { status: 400, reason: "no valid Content-Length" };
    const coding = headers.get("transfer-encoding");
    if (coding !== null && coding.toLowerCase() !== "chunked")
      return { status: 400, reason: "a Transfer-Encoding other than chunked" };
    return undefined;
  }
}
