/** Does some work, then answers; at once where there is no work to wait for. */
export type Work = (request: Request, answer: () => Response) => Response | Promise<Response>;

/** The machine that the backend runs on, or pretends to run on. */
export interface Machine {
  /** The work of one request. */
  readonly serve: Work;
  /** The work of one health check. */
  readonly check: Work;
  /** How busy it was since the last call, or since the start, in percent; undefined where the system does not tell. */
  cpuPercent(): number | undefined;
}
