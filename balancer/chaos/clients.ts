import { openLoop } from "../../bench/load/loops.ts";
import { systemClock } from "../cluster/clock.ts";
import { seededRandom } from "../cluster/random.ts";
import { valuesOf } from "../testing/message.ts";
import { RawClient } from "../testing/raw-client.ts";

const getsPerSecond = 200;
const posters = 4;
/** A connection rests for less than a draining balancer waits for another request on it. */
const betweenPostsMs = 20;

export type Method = "GET" | "POST";

/** A request as its client saw it; times as `Date.now()`. */
export interface ChaosRequest {
  /** Its path, without the slash. */
  readonly id: string;
  readonly method: Method;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  /** The answer's status, or how the connection ended. */
  readonly end: number | string;
}

/** An open loop of GETs, with POSTs on few connections beside it; each request has an id of its own. */
export class ChaosClients {
  readonly ended: ChaosRequest[] = [];
  private begun = 0;
  private readonly idle: RawClient[] = [];
  private readonly stopping = new AbortController();
  private readonly loops: Promise<unknown>;

  constructor(
    private readonly port: number,
    seed: number,
  ) {
    const shape = { ratePerSecond: getsPerSecond, durationMs: Number.POSITIVE_INFINITY };
    const send = (_dueMs: number, ended: () => void) => void this.get().finally(ended);
    const gets = openLoop(shape, systemClock, seededRandom(seed), send, this.stopping.signal);
    this.loops = Promise.all([gets, ...Array.from({ length: posters }, () => this.post())]);
  }

  /** No further request begins; resolves when all have ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loops;
    for (const client of this.idle) client.socket.destroy();
  }

  private async get(): Promise<void> {
    const id = `get-${++this.begun}`;
    const sentAtMs = Date.now();
    let client = this.idle.pop();
    let isReused = client !== undefined;
    for (;;) {
      const { end, kept, isUnanswered } = await this.exchange(client, "GET", id);
      // As clients do (RFC 9112 §9.3.1): the connection may have been closed while the request was on its way.
      if (isReused && isUnanswered) {
        client = undefined;
        isReused = false;
        continue;
      }
      if (kept !== undefined) this.idle.push(kept);
      this.ended.push({ id, method: "GET", sentAtMs, endedAtMs: Date.now(), end });
      return;
    }
  }

  private async post(): Promise<void> {
    let client: RawClient | undefined;
    while (!this.stopping.signal.aborted) {
      const id = `post-${++this.begun}`;
      const sentAtMs = Date.now();
      const { end, kept } = await this.exchange(client, "POST", id);
      client = kept;
      this.ended.push({ id, method: "POST", sentAtMs, endedAtMs: Date.now(), end });
      await Bun.sleep(betweenPostsMs);
    }
    client?.socket.destroy();
  }

  /** `kept`: the connection, when another request may follow on it. */
  private async exchange(given: RawClient | undefined, method: Method, id: string) {
    let client = given;
    try {
      client ??= await RawClient.connect(this.port);
      const isPost = method === "POST";
      const lines = [`x-user: ${id}`, ...(isPost ? [`content-length: ${id.length}`] : [])];
      const answer = await client.ask(method, `/${id}`, lines, isPost ? id : "");
      if (!valuesOf(answer, "connection").includes("close"))
        return { end: answer.status, kept: client, isUnanswered: false };
      client.socket.destroy();
      return { end: answer.status, kept: undefined, isUnanswered: false };
    } catch (error) {
      const isUnanswered = client?.isClosed === true && client.received.length === 0;
      client?.socket.destroy();
      return { end: (error as Error).message, kept: undefined, isUnanswered };
    }
  }
}
