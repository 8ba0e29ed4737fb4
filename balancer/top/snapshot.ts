import { z } from "zod";

/** What is read of `/status`; all else that stands there is left alone, so that a newer balancer is read too. */
const statusSchema = z.object({
  version: z.string(),
  uptimeSeconds: z.number(),
  groups: z.record(
    z.string(),
    z.object({
      policy: z.string(),
      targets: z.array(
        z.object({
          id: z.string(),
          url: z.string(),
          state: z.string(),
          score: z.number().nullable(),
          ewmaMs: z.number().nullable(),
          inFlight: z.number(),
          requests: z.number(),
          failures: z.number(),
          weight: z.number(),
        }),
      ),
    }),
  ),
});

/** A balancer's state at one moment. */
export interface Snapshot extends z.output<typeof statusSchema> {
  /** When it was read, by any clock that goes forward evenly. */
  readonly atMs: number;
}

export type TargetSnapshot = Snapshot["groups"][string]["targets"][number];

/** What became of a look at `/status`; `fault` is a line for people. */
export type Look =
  | { readonly ok: true; readonly snapshot: Snapshot }
  | { readonly ok: false; readonly fault: string };

/** Asks the balancer at `url`, on its admin address or a listener's `status` path, how it is. */
export async function look(url: string, token: string | undefined, timeoutMs: number): Promise<Look> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(timeoutMs),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    if (response.status !== 200)
      return { ok: false, fault: `${url} answered ${response.status} ${(await response.text()).trim()}` };
    const read = statusSchema.safeParse(await response.json());
    if (!read.success) return { ok: false, fault: `${url} answered something else than a balancer's status` };
    return { ok: true, snapshot: { ...read.data, atMs: performance.now() } };
  } catch (error) {
    return { ok: false, fault: `${url}: ${(error as Error).message}` };
  }
}

/** What happened at a target between two snapshots; undefined when it was not there before, or began anew. */
export interface TargetRates {
  readonly requestsPerSecond: number;
  readonly failuresPerSecond: number;
}

/** By group and target: `rates.get(group)?.get(id)`. */
export type Rates = ReadonlyMap<string, ReadonlyMap<string, TargetRates>>;

export function ratesBetween(before: Snapshot | undefined, now: Snapshot): Rates {
  const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
  return new Map(
    Object.entries(now.groups).map(([name, { targets }]) => {
      const known = new Map(before?.groups[name]?.targets.map((target) => [target.id, target]));
      const rates = targets.flatMap((target): [string, TargetRates][] => {
        const earlier = known.get(target.id);
        if (earlier === undefined || seconds <= 0 || earlier.requests > target.requests) return [];
        const per = (count: number) => count / seconds;
        return [
          [
            target.id,
            {
              requestsPerSecond: per(target.requests - earlier.requests),
              failuresPerSecond: per(target.failures - earlier.failures),
            },
          ],
        ];
      });
      return [name, new Map(rates)];
    }),
  );
}
