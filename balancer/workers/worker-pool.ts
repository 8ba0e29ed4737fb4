import type { Writable } from "node:stream";
import { type Clock, zeroEpochMs } from "../cluster/clock.ts";
import type { Group } from "../cluster/group.ts";
import { closeAllOf } from "../limits/client-limits.ts";
import type { Counts } from "../observe/counts.ts";
import type { MainStatus } from "../observe/main-status.ts";
import type { TraceRecord } from "../observe/tracing/tracer.ts";
import type { GroupService } from "../serving/services.ts";
import type { NextConfig, PreparedConfig, Serving } from "../serving/serving.ts";
import { type ListeningSocket, listeningSockets } from "../sockets/listening.ts";
import type { FromWorker, WorkerSetup } from "./messages.ts";
import { shareGroup } from "./shared-memory.ts";
import { shareOfDatagrams, shareOfSockets } from "./socket-shares.ts";
import {
  abandonChange,
  portsOf,
  prepareThreads,
  shareAll,
  type WorkersConfig,
  workerChange,
} from "./worker-change.ts";
import { WorkerDeaths } from "./worker-deaths.ts";
import { WorkerThread } from "./worker-thread.ts";

/** A worker that is told to stop and does not is cut off after this: its log may take 5 s to be written. */
const stopMs = 7000;

/** What a pool begins with; its config is in force until another one is. */
export interface WorkerPoolOptions extends WorkersConfig {
  readonly clock: Clock;
  readonly startedAtMs: number;
  /** Of the main thread, which watches over health. */
  readonly services: ReadonlyMap<string, GroupService>;
  /** Of the main thread. */
  readonly counts: Counts;
  readonly workers: number;
  /** That workers are kept to, by turns; none where they run on whichever is free. */
  readonly cores: readonly number[];
  /** Sockets that a process before this one has left. */
  readonly sockets: readonly ListeningSocket[];
  /** Takes what workers have traced. */
  readonly onTraces: (records: readonly TraceRecord[]) => void;
  /** URL of the workers' program. */
  readonly entry: string;
  /** Where the workers' lines for stdout go. */
  readonly stdout: Writable;
  readonly log: (line: string) => void;
}

/** What all workers have opened for another config. */
export type PreparedWorkers = Omit<PreparedConfig, "services" | "commit"> & {
  /** Resolves when all workers serve by it. */
  commit(): Promise<void>;
};

/** Several threads that serve the same listeners. A worker that dies is replaced, and the others go on. */
export class WorkerPool implements Serving {
  ports: readonly number[];
  private readonly threads = new Map<number, WorkerThread>();
  private readonly deaths = new WorkerDeaths();
  private isUp = false;
  private isEnding = false;
  private inForce: WorkersConfig;

  private constructor(private readonly options: WorkerPoolOptions) {
    this.inForce = options;
    this.ports = portsOf(options.config);
  }

  /** Resolves when all workers listen; rejects with a clear message when one can't. */
  static async start(options: WorkerPoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool(options);
    try {
      const threads = Array.from({ length: options.workers }, (_, index) => pool.startThread(index + 1));
      // The first may have the system choose ports; the others take the same. They listen as soon after it as they can: who
      // connects meanwhile is its client for as long as the connection lasts.
      const [first, ...others] = threads;
      if (first === undefined) throw new Error("a pool without workers was started");
      pool.ports = await first.serve(pool.setupOf(1));
      await Promise.all(others.map((thread, index) => thread.serve(pool.setupOf(index + 2))));
    } catch (error) {
      await pool.terminate();
      throw error;
    }
    pool.isUp = true;
    for (const [number, thread] of pool.threads) pool.watch(number, thread);
    return pool;
  }

  /** Has every worker know who is in the group now; resolves when all do. */
  async tellTargets(group: Group): Promise<void> {
    const shared = shareGroup(group);
    const threads = [...this.threads.values()];
    await Promise.all(threads.map((thread) => thread.tell({ kind: "targets", group: group.name, shared })));
  }

  /** Has every worker's `/status` tell this of the main thread. */
  tellStatus(status: MainStatus): void {
    for (const thread of this.threads.values()) thread.post({ kind: "status", status });
  }

  reopenLogs(): void {
    for (const thread of this.threads.values()) thread.post({ kind: "reopenLogs" });
  }

  /**
   * Has every worker open what another config needs; `services` are its groups. Rejects with a clear message, nothing
   * changed, when one can't.
   */
  async prepare(next: NextConfig, services: ReadonlyMap<string, GroupService>): Promise<PreparedWorkers> {
    const threads = [...this.threads.values()];
    const ports = await prepareThreads(threads, next, this.options.workers, services);
    return {
      ports,
      abandon: () => abandonChange(threads),
      commit: () => this.commit(next, ports, threads),
    };
  }

  private async commit(
    next: WorkersConfig,
    ports: readonly number[],
    prepared: readonly WorkerThread[],
  ): Promise<void> {
    this.inForce = next;
    this.ports = ports;
    const memory = shareAll(this.options.services);
    const now = [...this.threads.values()];
    // Who took a dead one's place meanwhile did so under the former config; the next one has this.
    for (const thread of now) if (!prepared.includes(thread)) void thread.terminate();
    const told = now.filter((thread) => prepared.includes(thread));
    await Promise.all(told.map((thread) => thread.tell({ kind: "commit", memory })));
  }

  async drain(): Promise<void> {
    await this.end("drain");
  }

  async stop(): Promise<void> {
    const late = this.options.clock.after(stopMs, () => void this.terminate());
    await this.end("stop");
    late.cancel();
  }

  private async end(kind: "drain" | "stop"): Promise<void> {
    this.isEnding = true;
    const threads = [...this.threads.values()];
    for (const thread of threads) thread.post({ kind });
    await Promise.all(threads.map((thread) => thread.ended));
    await this.terminate();
  }

  private async terminate(): Promise<void> {
    this.isEnding = true;
    await Promise.all([...this.threads.values()].map((thread) => thread.terminate()));
  }

  private startThread(number: number): WorkerThread {
    const { entry, log } = this.options;
    const thread = new WorkerThread(entry, number, {
      onMessage: (message) => this.take(message, thread),
      onError: (message) => log(`worker ${number}: ${message}`),
    });
    this.threads.set(number, thread);
    return thread;
  }

  private setupOf(number: number): WorkerSetup {
    const { services, startedAtMs, workers, cores, sockets } = this.options;
    const { config } = this.inForce;
    return {
      ...workerChange(this.inForce, this.ports, workers, services),
      thread: number,
      core: cores[(number - 1) % cores.length],
      sockets: [
        ...shareOfSockets(this.socketsToShare(), config, workers, number),
        ...(this.isUp ? [] : shareOfDatagrams(sockets, config, workers, number)),
      ],
      startedAtMs,
      zeroEpochMs: zeroEpochMs(),
    };
  }

  /** Who takes a dead worker's place listens where the others do: those that were left may allow no socket beside them. */
  private socketsToShare(): readonly ListeningSocket[] {
    const { sockets } = this.options;
    return this.isUp && sockets.length > 0 ? listeningSockets() : sockets;
  }

  private take(message: FromWorker, from: WorkerThread): void {
    if (message.kind === "log") this.options.log(message.line);
    else if (message.kind === "traces") this.options.onTraces(message.records);
    else if (message.kind === "output")
      this.options.stdout.write(message.bytes, (error) =>
        from.post({ kind: "written", fault: error?.message }),
      );
    else if (message.kind === "finding")
      this.options.services.get(message.group)?.watched.take(message.number, message.finding);
  }

  /** Replaces the thread when it dies. */
  private watch(number: number, thread: WorkerThread): void {
    void thread.closed.then((exitCode) => this.replace(number, exitCode));
  }

  private replace(number: number, exitCode: number): void {
    const { services, counts, clock, log } = this.options;
    for (const { group } of services.values()) group.endAllOf(number);
    counts.closeAllOf(number);
    closeAllOf(this.inForce.config, this.inForce.limitsMemory, number);
    if (this.isEnding) return;
    const pauseMs = this.deaths.count(number, clock.now());
    const when = pauseMs > 0 ? ` in ${pauseMs / 1000} s` : "";
    log(`worker ${number} has died (exit code ${exitCode}); another takes its place${when}`);
    if (pauseMs > 0) clock.after(pauseMs, () => this.startAgain(number));
    else this.startAgain(number);
  }

  private startAgain(number: number): void {
    if (this.isEnding) return;
    const { log } = this.options;
    const thread = this.startThread(number);
    this.watch(number, thread);
    thread.serve(this.setupOf(number)).then(
      () => log(`worker ${number} serves again`),
      (error: Error) => {
        log(`worker ${number}: ${error.message}`);
        void thread.terminate();
      },
    );
  }
}
