import type { Clock } from "../../cluster/clock.ts";
import { Deadlines } from "../../transport/deadlines.ts";
import type { UpstreamConnection } from "./connection.ts";
import { KeptTime } from "./kept-time.ts";

/** Before a target closes an idle connection by its own word, it is left alone: the two would cross. */
const keepAliveMarginMs = 1000;

/** The connections to one target that wait for a request, and whether the target may be about to close them. */
export class IdleConnections {
  /** The most recently used last: it is the least likely to be closed by the target. */
  private readonly connections: UpstreamConnection[] = [];
  private readonly keptTime = new KeptTime();
  private readonly deadlines: Deadlines;

  constructor(
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {
    this.deadlines = new Deadlines(clock, timeoutMs);
  }

  get count(): number {
    return this.connections.length;
  }

  /** Its answer is whole, at `nowMs`; it closes itself when nobody takes it in time. */
  add(connection: UpstreamConnection, nowMs: number): void {
    this.connections.push(connection);
    this.deadlines.add(connection, nowMs);
  }

  /** The one to use next; undefined when there is none that the target keeps by its own word. */
  take(): UpstreamConnection | undefined {
    for (;;) {
      const connection = this.connections.pop();
      if (connection === undefined) return undefined;
      connection.deadline.cancel(connection);
      const keptMs = connection.keepAliveTimeoutMs;
      if (keptMs === undefined || this.clock.now() - this.sinceMs(connection) < keptMs - keepAliveMarginMs)
        return connection;
      connection.close();
    }
  }

  /** It has closed, be it one of these or not. */
  delete(connection: UpstreamConnection): void {
    connection.deadline.cancel(connection);
    const index = this.connections.lastIndexOf(connection);
    if (index >= 0) this.connections.splice(index, 1);
  }

  closeAll(): void {
    for (const connection of this.connections.splice(0)) connection.close();
  }

  /** The target has closed one between two answers: it may keep the others no longer. */
  noteClosed(connection: UpstreamConnection): void {
    const nowMs = this.clock.now();
    this.keptTime.note(nowMs - this.sinceMs(connection), nowMs);
  }

  /** Whether the target was ever seen to close one: where it was not, nothing below has to be asked. */
  get hasSeenClosed(): boolean {
    return this.keptTime.isNoted;
  }

  /** Whether the target may close even the most recently used one just now; false where there is none. */
  mayAllEnd(): boolean {
    const connection = this.connections.at(-1);
    if (connection === undefined) return false;
    const nowMs = this.clock.now();
    return this.keptTime.mayEnd(nowMs - this.sinceMs(connection), nowMs);
  }

  /** Whether the target may close a connection at once after its answer. */
  mayEndAtOnce(nowMs: number): boolean {
    return this.keptTime.mayEnd(0, nowMs);
  }

  /** Of one that is idle, or was last: its deadline still tells. */
  private sinceMs(connection: UpstreamConnection): number {
    return connection.deadline.atMs - this.timeoutMs;
  }
}
