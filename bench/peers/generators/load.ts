/** What a load came to. */
export interface Sample {
  /** Requests with an answer of any status. */
  readonly answered: number;
  /** Requests without an answer, or with another one than 200; for wrk, than below 400; for h2load, than 2xx. */
  readonly bad: number;
  readonly wallMs: number;
  /** Undefined when the program that makes the load tells none. */
  readonly latency: { readonly p50Us: number; readonly p99Us: number } | undefined;
}

/** A load of one kind, by one program; it comes from where this process is pinned to. */
export interface Load {
  /** Such as `closed loop of 64 keep-alive connections, by wrk`. */
  readonly description: string;
  /** Asks for its own path at `url`, such as `http://127.0.0.1:8080/`; rejects when aborted. */
  run(url: string, durationMs: number, signal: AbortSignal): Promise<Sample>;
}
