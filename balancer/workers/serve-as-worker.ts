import { Writable } from "node:stream";
import { systemClockFrom, zeroEpochMs } from "../cluster/clock.ts";
import { Counts } from "../observe/counts.ts";
import type { MainStatus } from "../observe/main-status.ts";
import { openAccessLog } from "../observe/open-access-log.ts";
import { Tracer } from "../observe/tracing/tracer.ts";
import { type PreparedConfig, startServing, type ThreadServing } from "../serving/serving.ts";
import { socketsOn } from "../sockets/listening.ts";
import { threadReadiness } from "../sockets/readiness.ts";
import { noCore } from "../sockets/socket-options.ts";
import { acceptFrom, stayOn } from "./cores.ts";
import { isForWorkers } from "./limits.ts";
import type { FromWorker, ToWorker, WorkerChange, WorkerSetup } from "./messages.ts";
import { type SharedGroup, type SharedMemory, viewSharedGroup, viewSharedTargets } from "./shared-memory.ts";

/** The worker's end of its line to the main thread. */
export interface MainThread {
  post(message: FromWorker): void;
  onMessage(take: (message: ToWorker) => void): void;
}

/** Serves as the main thread says; everything that is only to be done once is left to that. */
export function serveAsWorker(main: MainThread): void {
  const output = outputThrough(main);
  let worker: ServingWorker | undefined;
  let mainStatus: MainStatus | undefined;
  /** Changes are made one after the other, as they were told. */
  let turn = Promise.resolve();
  const next = (step: () => Promise<void>) => {
    turn = turn.then(step).catch((error: Error) => main.post({ kind: "failed", message: error.message }));
  };
  const end = (how: "drain" | "stop") => {
    void turn.then(() => worker?.serving[how]()).then(() => main.post({ kind: "ended" }));
  };
  main.onMessage((message) => {
    if (message.kind === "serve")
      next(async () => {
        worker = await ServingWorker.start(message.setup, main, output.sink, () => mainStatus);
        main.post({ kind: "listening", ports: worker.serving.ports, readiness: threadReadiness() });
      });
    else if (message.kind === "prepare")
      next(async () => {
        const ports = await worker?.prepare(message.change);
        if (ports !== undefined) main.post({ kind: "prepared", ports });
      });
    else if (message.kind === "commit")
      next(async () => {
        worker?.commit(message.memory);
        main.post({ kind: "told" });
      });
    else if (message.kind === "abandon") next(async () => worker?.abandon());
    else if (message.kind === "targets")
      next(async () => {
        worker?.follow(message.group, message.shared);
        main.post({ kind: "told" });
      });
    else if (message.kind === "status") mainStatus = message.status;
    else if (message.kind === "reopenLogs") next(async () => worker?.serving.reopenLogs());
    else if (message.kind === "written") output.written(message.fault);
    else end(message.kind);
  });
}

/** A worker that is up. */
class ServingWorker {
  private prepared: PreparedConfig | undefined;

  private constructor(
    readonly serving: ThreadServing,
    private readonly thread: number,
    private readonly core: number | undefined,
  ) {}

  static async start(
    { config, pemFiles, thread, memory, startedAtMs, zeroEpochMs: mainZeroEpochMs, ...setup }: WorkerSetup,
    main: MainThread,
    stdout: Writable,
    mainStatus: () => MainStatus | undefined,
  ): Promise<ServingWorker> {
    const clock = systemClockFrom(zeroEpochMs() - mainZeroEpochMs);
    const log = (line: string) => main.post({ kind: "log", line });
    const counts = new Counts(setup.counts, thread);
    const onLost = (lines: number) => counts.add("lostLogLines", lines);
    const isKept = setup.core !== undefined && stayOn(setup.core, (why) => log(`worker ${thread} ${why}`));
    const core = isKept ? setup.core : undefined;
    const serving = await startServing({
      clock,
      startedAtMs,
      config,
      pemFiles,
      counts,
      tracer:
        config.tracing &&
        new Tracer(clock, config.tracing.ratio, (records) => main.post({ kind: "traces", records })),
      log,
      ...viewsOf(memory, thread),
      report: (group, number, finding) => main.post({ kind: "finding", group, number, finding }),
      openLog: (config) => openAccessLog({ config, stdout: () => stdout, clock, log, onLost }),
      reusePort: true,
      held: (transport, listen) => socketsOn(setup.sockets, transport, listen).map(({ fd }) => fd),
      hasControl: false,
      mainStatus,
      isOurs: isForWorkers,
      limitsMemory: setup.limits,
    });
    // A process before this one may have told a socket that it has left.
    if (core !== undefined || setup.sockets.length > 0)
      acceptFrom(core ?? noCore, config.listeners, serving.ports);
    return new ServingWorker(serving, thread, core);
  }

  async prepare({ config, pemFiles, memory, counts, limits }: WorkerChange): Promise<readonly number[]> {
    const views = viewsOf(memory, this.thread);
    const buffers = { countsMemory: counts, limitsMemory: limits };
    this.prepared = await this.serving.prepare({ config, pemFiles, ...buffers, ...views });
    const { ports } = this.prepared;
    if (this.core !== undefined) acceptFrom(this.core, config.listeners, ports);
    return ports;
  }

  commit(memory: SharedMemory): void {
    this.prepared?.commit((group, service) => {
      // A group that is no more has nobody in it.
      const shared = memory[group];
      service.watched.follow(shared === undefined ? [] : viewSharedTargets(shared, this.thread));
    });
    this.prepared = undefined;
  }

  abandon(): void {
    this.prepared?.abandon();
    this.prepared = undefined;
  }

  follow(group: string, shared: SharedGroup): void {
    this.serving.services.all.get(group)?.watched.follow(viewSharedTargets(shared, this.thread));
  }
}

/** The groups as thread number `thread` sees them. */
function viewsOf(memory: SharedMemory, thread: number) {
  return {
    memoryOf: (group: string) => viewSharedGroup(sharedOf(memory, group), thread),
    membersOf: (group: string) => viewSharedTargets(sharedOf(memory, group), thread),
  };
}

function sharedOf(memory: SharedMemory, group: string): SharedGroup {
  const shared = memory[group];
  if (shared === undefined) throw new Error(`no shared memory for group ${group}`);
  return shared;
}

/**
 * Stdout by way of the main thread: a pipe takes apart what several threads write to it at once, where a file opened
 * for appending does not.
 */
function outputThrough(main: MainThread): { sink: Writable; written(fault: string | undefined): void } {
  let done = (_error?: Error) => {};
  const sink = new Writable({
    write(bytes: Uint8Array, _encoding, callback) {
      done = callback;
      main.post({ kind: "output", bytes });
    },
  });
  return { sink, written: (fault) => done(fault === undefined ? undefined : new Error(fault)) };
}
