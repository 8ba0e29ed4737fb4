import { formatDuration } from "../balancer/config/duration.ts";
import { failure, type Outcome, success } from "../bench/outcome.ts";
import { pause } from "../bench/pause.ts";
import { failureOnConsole, instanceStates } from "./instances.ts";
import type { Lack, Look } from "./readiness.ts";
import { say, type Work } from "./work.ts";

const pollMs = 2000;
const shownLacks = 3;
/** User-data that failed powers its machine off. */
const ended = ["stopping", "stopped", "shutting-down", "terminated"];

/**
 * Looks until nothing is lacking; the fault says what is, and what the consoles of its instances say. An instance that has
 * stopped, which is looked at now and then, ends it early.
 */
export async function waitUntilReady(
  work: Work,
  look: Look,
  timeoutMs: number,
  checkInstancesMs = 20_000,
): Promise<Outcome<void>> {
  const { signal, settings } = work;
  const startedAtMs = performance.now();
  const deadlineMs = startedAtMs + timeoutMs;
  say(work, `waiting for all targets to be healthy, ${formatDuration(timeoutMs)} at most`);
  let checkedAtMs = startedAtMs;
  let said = "";
  for (;;) {
    const lacking = await look(signal);
    signal.throwIfAborted();
    if (lacking.length === 0) {
      say(work, `all targets are healthy, after ${Math.round((performance.now() - startedAtMs) / 1000)} s`);
      return success(undefined);
    }
    const summary = summaryOf(lacking);
    if (summary !== said) say(work, `  ${summary}`);
    said = summary;
    const nowMs = performance.now();
    if (nowMs >= deadlineMs)
      return failure(await describe(work, lacking, `not within ${formatDuration(timeoutMs)}`));
    if (nowMs - checkedAtMs >= checkInstancesMs) {
      checkedAtMs = nowMs;
      const states = await statesOf(settings.region, lacking, signal);
      if ([...states.values()].some((state) => ended.includes(state)))
        return failure(await describe(work, lacking, "an instance gave up"));
    }
    await pause(Math.min(pollMs, deadlineMs - nowMs), signal);
  }
}

function summaryOf(lacking: readonly Lack[]): string {
  const kinds = [...new Set(lacking.map(({ what }) => what))];
  const more = kinds.length > shownLacks ? ` and ${kinds.length - shownLacks} more` : "";
  return `${kinds.slice(0, shownLacks).join(", ")}${more}`;
}

/** Each lack with its instance's state and the line on its console. */
async function describe({ settings, signal }: Work, lacking: readonly Lack[], why: string): Promise<string> {
  const states = await statesOf(settings.region, lacking, signal);
  const consoles = await Promise.all(
    [...states].map(async ([id, state]) => {
      return `  ${id} is ${state}: ${await failureOnConsole(settings.region, id, signal)}`;
    }),
  );
  const kinds = [...new Set(lacking.map(({ what }) => `  ${what}`))];
  return [`not all targets are healthy, ${why}:`, ...kinds, ...consoles].join("\n");
}

/** Those that EC2 knows; none when it can't be asked: the lack itself is what has to be told. */
async function statesOf(
  region: string,
  lacking: readonly Lack[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const ids = lacking.flatMap(({ instance }) => (instance === undefined ? [] : [instance]));
  try {
    return await instanceStates(region, [...new Set(ids)], signal);
  } catch {
    signal.throwIfAborted();
    return new Map();
  }
}
