import { type Clock, systemClock } from "../../balancer/cluster/clock.ts";
import { seededRandom } from "../../balancer/cluster/random.ts";
import { orAborted } from "../or-aborted.ts";
import { Client } from "./client.ts";
import { closedLoop, openLoop, type Send } from "./loops.ts";
import { type LoadPlan, type LoadPlanInput, loadPlanSchema } from "./plan.ts";
import { Recorder } from "./recorder.ts";
import { encodeRequest, endpointOf } from "./request.ts";
import type { LoadResult } from "./result.ts";

/** How often time limits are looked at and progress is told. */
const pulseMs = 50;

export interface LoadProgress {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  /** How much of the run is over, from 0 to 1. */
  readonly fraction: number;
}

export interface LoadOptions {
  /** Told of each counted request how long after its intended start it was handed over. */
  readonly onHandOver?: (lagMs: number) => void;
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Ends the run early; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Header fields to send besides `Host`. Not part of the plan, which is published: they may hold secrets. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

/**
 * Puts the planned load on its URL and measures it. What goes wrong with a request is counted;
 * the promise is rejected only for a bad plan (a `ZodError`) and when aborted.
 */
export async function runLoad(input: LoadPlanInput, options: LoadOptions = {}): Promise<LoadResult> {
  const plan = loadPlanSchema.parse(input);
  const clock = options.clock ?? systemClock;
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const { shape } = plan;
  const client = new Client({
    endpoint: endpointOf(plan),
    request: encodeRequest(plan, options.headers ?? {}),
    method: plan.method,
    maxConnections: shape.kind === "closed" ? shape.concurrency : shape.maxConnections,
    timeoutMs: plan.timeoutMs,
    clock,
  });
  const recorder = new Recorder(plan);
  const run = startRun(plan, client, recorder, clock, signal, options.onHandOver);
  const tell = () => options.onProgress?.({ ...recorderCounts(recorder), fraction: run.fraction() });
  const pulse = setInterval(() => {
    client.expire();
    tell();
  }, pulseMs);
  try {
    await orAborted(run.finished, signal);
    tell();
    return recorder.result({
      ...run.facts(),
      retries: client.retries,
      peakConnections: client.peakConnections,
    });
  } finally {
    clearInterval(pulse);
    client.close();
  }
}

/** The run itself: connect, warm up, measure. */
function startRun(
  plan: LoadPlan,
  client: Client,
  recorder: Recorder,
  clock: Clock,
  signal: AbortSignal,
  onHandOver: LoadOptions["onHandOver"],
) {
  const { shape, warmupMs } = plan;
  let startedAt = "";
  let connectMs = 0;
  let maxScheduleLagMs = 0;
  let measureFromMs = Number.POSITIVE_INFINITY;

  const send: Send = (intendedAtMs, ended) => {
    const counted = intendedAtMs >= measureFromMs;
    if (counted) {
      recorder.start(intendedAtMs);
      const lagMs = clock.now() - intendedAtMs;
      maxScheduleLagMs = Math.max(maxScheduleLagMs, lagMs);
      onHandOver?.(lagMs);
    }
    client.send(intendedAtMs, (end) => {
      if (counted) recorder.end(intendedAtMs, clock.now(), end);
      ended();
    });
  };
  const startMeasuring = (fromMs: number) => {
    measureFromMs = fromMs;
    startedAt = new Date(Date.now() + fromMs - clock.now()).toISOString();
  };

  const closed = async (
    concurrency: number,
    requests: number | undefined,
    durationMs: number | undefined,
  ) => {
    const connectStartMs = clock.now();
    await client.connectAhead(concurrency);
    connectMs = clock.now() - connectStartMs;
    const warmup = { concurrency, requests: undefined, durationMs: warmupMs };
    if (warmupMs > 0) await closedLoop(warmup, clock, send, signal);
    startMeasuring(clock.now());
    await closedLoop({ concurrency, requests, durationMs }, clock, send, signal);
  };
  const open = async (ratePerSecond: number, durationMs: number) => {
    startMeasuring(clock.now() + warmupMs);
    const random = seededRandom(plan.seed);
    await openLoop({ ratePerSecond, durationMs: warmupMs + durationMs }, clock, random, send, signal);
  };

  return {
    finished:
      shape.kind === "closed"
        ? closed(shape.concurrency, shape.requests, shape.durationMs)
        : open(shape.ratePerSecond, shape.durationMs),
    facts: () => ({ startedAt, connectMs, maxScheduleLagMs }),
    fraction: () => {
      if (shape.kind === "closed" && shape.requests !== undefined) {
        return (recorder.answered + recorder.failed) / shape.requests;
      }
      const elapsed = (clock.now() - measureFromMs) / (shape.durationMs ?? 1);
      return Number.isFinite(elapsed) ? Math.min(1, Math.max(0, elapsed)) : 0;
    },
  };
}

function recorderCounts({ sent, answered, failed }: Recorder): Omit<LoadProgress, "fraction"> {
  return { sent, answered, failed };
}
