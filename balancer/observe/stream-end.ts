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
