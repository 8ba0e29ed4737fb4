import type { Finding } from "../cluster/traffic-watch.ts";
import type { Config } from "../config/schema.ts";
import type { PemFiles } from "../files/pem-files.ts";
import type { ClientLimitsMemory } from "../limits/client-limits.ts";
import type { CountsMemory } from "../observe/counts.ts";
import type { MainStatus } from "../observe/main-status.ts";
import type { TraceRecord } from "../observe/tracing/tracer.ts";
import type { ListeningSocket } from "../sockets/listening.ts";
import type { SharedGroup, SharedMemory } from "./shared-memory.ts";

/** A config for a worker to serve by. */
export interface WorkerChange {
  /** With the ports in use, and its part of the limits. */
  readonly config: Config;
  readonly pemFiles: PemFiles;
  readonly memory: SharedMemory;
  readonly counts: CountsMemory;
  /** What limits by client address stand in. */
  readonly limits: ClientLimitsMemory;
}

/** All that a worker is told at its start. */
export interface WorkerSetup extends WorkerChange {
  /** Its number, from 1; the main thread is number 0. */
  readonly thread: number;
  /** That it is kept to; undefined where it runs on whichever is free. */
  readonly core: number | undefined;
  /** That are open already, and are for this worker to accept from. */
  readonly sockets: readonly ListeningSocket[];
  /** The main thread's, see `zeroEpochMs`. */
  readonly zeroEpochMs: number;
  /** When the balancer was started, by the main thread's clock. */
  readonly startedAtMs: number;
}

export type ToWorker =
  | { readonly kind: "serve"; readonly setup: WorkerSetup }
  /** Is answered by `prepared` or `failed`, and followed by `commit` or `abandon`. */
  | { readonly kind: "prepare"; readonly change: WorkerChange }
  /** `memory`: who is in each group from now on. */
  | { readonly kind: "commit"; readonly memory: SharedMemory }
  | { readonly kind: "abandon" }
  /** Who is in the group from now on. */
  | { readonly kind: "targets"; readonly group: string; readonly shared: SharedGroup }
  /** What `/status` is to tell of the main thread. */
  | { readonly kind: "status"; readonly status: MainStatus }
  /** Log files have been moved away. */
  | { readonly kind: "reopenLogs" }
  | { readonly kind: "drain" }
  | { readonly kind: "stop" }
  /** The last {@link FromWorker} of kind `output` has been written, or has not: `fault` says why. */
  | { readonly kind: "written"; readonly fault: string | undefined };

export type FromWorker =
  /** All listeners are up; ports in the order of the config's listeners. `readiness`: see `closeLeft`. */
  | {
      readonly kind: "listening";
      readonly ports: readonly number[];
      readonly readiness: number | undefined;
    }
  /** The eldest `commit` or `targets` that had no such answer yet is done. */
  | { readonly kind: "told" }
  /** What another config needs is open; ports as those of `listening`. */
  | { readonly kind: "prepared"; readonly ports: readonly number[] }
  /** They are not; `message` is for people. */
  | { readonly kind: "failed"; readonly message: string }
  /** For people. */
  | { readonly kind: "log"; readonly line: string }
  /** Real traffic says something of the group's target with this number. */
  | { readonly kind: "finding"; readonly group: string; readonly number: number; readonly finding: Finding }
  /** Sampled requests that are over. */
  | { readonly kind: "traces"; readonly records: readonly TraceRecord[] }
  /** Whole lines for stdout. */
  | { readonly kind: "output"; readonly bytes: Uint8Array }
  /** Drained or stopped; nothing more will come. */
  | { readonly kind: "ended" };
