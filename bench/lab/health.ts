import { z } from "zod";
import { failure, type Outcome, success } from "../outcome.ts";

const pollIntervalMs = 50;

const statusSchema = z.object({
  groups: z.record(
    z.string(),
    z.object({ targets: z.array(z.object({ id: z.string(), state: z.string() })) }),
  ),
});

/** Asks the balancer's `/status` until it calls all `ids` healthy; the fault says what it said last. */
export async function waitUntilHealthy(
  statusUrl: string,
  ids: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const deadlineMs = performance.now() + timeoutMs;
  let last = "no answer yet";
  while (performance.now() < deadlineMs) {
    signal.throwIfAborted();
    const states = await targetStates(statusUrl);
    if (states.ok) {
      const lacking = ids.filter((id) => states.value.get(id) !== "healthy");
      if (lacking.length === 0) return success(undefined);
      last = lacking.map((id) => `${id} ${states.value.get(id) ?? "missing"}`).join(", ");
    } else {
      last = states.fault;
    }
    await Bun.sleep(pollIntervalMs);
  }
  return failure(`not all targets were healthy within ${timeoutMs} ms: ${last}`);
}

/** What the balancer's `/status` says of each target, by its id. */
export async function targetStates(statusUrl: string): Promise<Outcome<ReadonlyMap<string, string>>> {
  let body: unknown;
  try {
    const response = await fetch(statusUrl, { signal: AbortSignal.timeout(2000) });
    body = await response.json();
  } catch (error) {
    return failure(`GET ${statusUrl}: ${error instanceof Error ? error.message : error}`);
  }
  const status = statusSchema.safeParse(body);
  if (!status.success) return failure(`GET ${statusUrl} is no status: ${z.prettifyError(status.error)}`);
  const targets = Object.values(status.data.groups).flatMap((group) => group.targets);
  return success(new Map(targets.map(({ id, state }) => [id, state])));
}
