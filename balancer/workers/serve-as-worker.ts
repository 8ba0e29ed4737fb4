import { Writable } from "node:stream";
import { systemClockFrom, zeroEpochMs } from "../cluster/clock.ts";
import { Counts } from "../observe/counts.ts";
import type { MainStatus } from "../observe/main-status.ts";
import { openAccessLog } from "../observe/open-access-log.ts";
import { Tracer } from "../observe/tracing/tracer.ts";
import { createServices, type Services } from "../services.ts";
import { type Serving, startServing } from "../serving.ts";
import { isForWorkers } from "./limits.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./messages.ts";
import { type SharedGroup, viewSharedGroup, viewSharedTargets } from "./shared-memory.ts";

/** The worker's end of its line to the main thread. */
export interface MainThread {
  post(message: FromWorker): void;
  onMessage(take: (message: ToWorker) => void): void;
}

/** A worker that is up. */
interface Started {
  readonly thread: number;
  readonly serving: Serving;
  readonly services: Services;
}

/** Serves as the main thread says; everything that is only to be done once is left to that. */
export function serveAsWorker(main: MainThread): void {
  const output = outputThrough(main);
  let starting: Promise<Started | undefined> | undefined;
  let mainStatus: MainStatus | undefined;
  const ended = () => main.post({ kind: "ended" });
  main.onMessage((message) => {
    if (message.kind === "serve") starting = start(message.setup, main, output.sink, () => mainStatus);
    else if (message.kind === "status") mainStatus = message.status;
    else if (message.kind === "targets")
      void starting?.then((started) => follow(started, message.group, message.shared));
    else if (message.kind === "reopenLogs") void starting?.then((started) => started?.serving.reopenLogs());
    else if (message.kind === "drain") void starting?.then((started) => started?.serving.drain()).then(ended);
    else if (message.kind === "stop") void starting?.then((started) => started?.serving.stop()).then(ended);
    else output.written();
  });
}

async function start(
  setup: WorkerSetup,
  main: MainThread,
  stdout: Writable,
  mainStatus: () => MainStatus | undefined,
): Promise<Started | undefined> {
  const { config, pemFiles, thread, memory, startedAtMs } = setup;
  const sharedOf = (group: string): SharedGroup => {
    const shared = memory[group];
    if (shared === undefined) throw new Error(`no shared memory for group ${group}`);
    return shared;
  };
  const clock = systemClockFrom(zeroEpochMs() - setup.zeroEpochMs);
  const log = (line: string) => main.post({ kind: "log", line });
  try {
    const services = createServices({
      clock,
      config,
      pemFiles,
      log,
      memoryOf: (group) => viewSharedGroup(sharedOf(group), thread),
      membersOf: (group) => viewSharedTargets(sharedOf(group), thread),
      report: (group, number, finding) => main.post({ kind: "finding", group, number, finding }),
    });
    const counts = new Counts(setup.counts, thread);
    const onLost = (lines: number) => counts.add("lostLogLines", lines);
    const accessLog =
      config.accessLog &&
      openAccessLog({ config: config.accessLog, stdout: () => stdout, clock, log, onLost });
    const serving = await startServing({
      clock,
      startedAtMs,
      config,
      pemFiles,
      services,
      accessLog,
      counts,
      tracer:
        config.tracing &&
        new Tracer(clock, config.tracing.ratio, (records) => main.post({ kind: "traces", records })),
      log,
      reusePort: true,
      hasControl: false,
      mainStatus,
      isOurs: isForWorkers,
      clientLimits: { memory: setup.limits, thread },
    });
    main.post({ kind: "listening", ports: serving.ports });
    return { thread, serving, services };
  } catch (error) {
    main.post({ kind: "failed", message: (error as Error).message });
    return undefined;
  }
}

function follow(started: Started | undefined, group: string, shared: SharedGroup): void {
  started?.services.all.get(group)?.follow(viewSharedTargets(shared, started.thread));
}

/**
 * Stdout by way of the main thread: a pipe takes apart what several threads write to it at once, where a file opened
 * for appending does not.
 */
function outputThrough(main: MainThread): { sink: Writable; written(): void } {
  let done = () => {};
  const sink = new Writable({
    write(bytes: Uint8Array, _encoding, callback) {
      done = callback;
      main.post({ kind: "output", bytes });
    },
  });
  return { sink, written: () => done() };
}
