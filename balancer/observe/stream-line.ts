import type { ByteBuffer } from "../byte-buffer.ts";

/** What the log takes from a TCP connection or a UDP session that has ended. */
export interface StreamEnd {
  /** The client's address and port. */
  readonly address: string;
  readonly port: number;
  /** The last one. */
  readonly target: { readonly id: string } | undefined;
  /** From the client and to it. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly durationMs: number;
  /** What went wrong. */
  readonly fault: string | undefined;
}

/** Appends what follows the time in such a line, its end included. */
export function writeStreamLine(
  lines: ByteBuffer,
  protocol: "tcp" | "udp",
  group: string,
  { address, port, target, bytesIn, bytesOut, durationMs, fault }: StreamEnd,
): void {
  lines.latin1('","protocol":"');
  lines.latin1(protocol);
  lines.latin1('","client":');
  lines.json(address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`);
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
