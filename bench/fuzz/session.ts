import { type Failure, Inputs } from "./fuzz.ts";
import type { FuzzedReader } from "./reader.ts";

export interface BatchOrder {
  readonly name: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** The index of the input that is being read. */
  readonly progress: Int32Array;
}

export interface BatchDone {
  readonly failure: Failure | undefined;
  /** Of the process, after a garbage collection. */
  readonly rssBytes: number;
}

export interface SessionResult {
  readonly inputs: number;
  readonly tookMs: number;
  /** Beyond what the first batch has left, at the most. */
  readonly grownBytes: number;
  readonly failure: Failure | undefined;
}

const batchSize = 10_000;
/** One input takes microseconds; the machine may be busy. */
const hangMs = 10_000;
/** What a leak of a few bytes an input would pass soon. */
const mostGrownBytes = 128 * 1_048_576;

/** Feeds a reader `runs` inputs in a thread, up to the first failure; `onBatch` is told how far it is. */
export async function fuzzInThread(
  reader: FuzzedReader,
  seed: number,
  runs: number,
  onBatch: (inputs: number, rssBytes: number) => void,
): Promise<SessionResult> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url).href);
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const startedAtMs = performance.now();
  let inputs = 0;
  let firstRssBytes: number | undefined;
  let grownBytes = 0;
  let failure: Failure | undefined;
  const failed = (fault: string): Failure => {
    const index = Atomics.load(progress, 0);
    return { reader: reader.name, seed, index, input: new Inputs(reader, seed).at(index), fault };
  };
  try {
    while (inputs < runs && failure === undefined) {
      const to = Math.min(runs, inputs + batchSize);
      const done = await runBatch(worker, { name: reader.name, seed, from: inputs, to, progress });
      if (done === "hung") {
        failure = failed(`no end after ${hangMs / 1000} s`);
        break;
      }
      inputs = to;
      firstRssBytes ??= done.rssBytes;
      grownBytes = Math.max(grownBytes, done.rssBytes - firstRssBytes);
      failure =
        done.failure ??
        (grownBytes > mostGrownBytes ? failed(`memory grew by ${grownBytes} bytes`) : undefined);
      onBatch(inputs, done.rssBytes);
    }
  } finally {
    worker.terminate();
  }
  return { inputs, tookMs: performance.now() - startedAtMs, grownBytes, failure };
}

/** Rejects when the thread itself breaks. */
function runBatch(worker: Worker, order: BatchOrder): Promise<BatchDone | "hung"> {
  const { promise, resolve, reject } = Promise.withResolvers<BatchDone | "hung">();
  let before = -1;
  let sinceMs = performance.now();
  const watch = setInterval(() => {
    const index = Atomics.load(order.progress, 0);
    if (index !== before) [before, sinceMs] = [index, performance.now()];
    else if (performance.now() - sinceMs > hangMs) resolve("hung");
  }, 500);
  worker.onmessage = ({ data }: MessageEvent<BatchDone>) => resolve(data);
  worker.onerror = (event) => reject(new Error(`the fuzzing thread: ${event.message}`));
  worker.postMessage(order);
  return promise.finally(() => clearInterval(watch));
}
