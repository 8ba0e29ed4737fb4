import type { Machine, Work } from "./machine.ts";
import { slowdownBy } from "./noisy-neighbour.ts";
import type { Profile } from "./profile.ts";
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import { drawServiceMs } from "./service-time.ts";
import { WorkQueue } from "./work-queue.ts";

/**
 * A health check's work as a share of a mean request's. It waits in the same queue, so that the probes of
 * a busy machine are slower by the wait a request would have now. At a worker it takes time in proportion
 * to the machine's speed, so that of two idle machines the slower one shows, yet a small and constant time:
 * a probe shall say how the machine is, not what one request drew, and cost little of the capacity.
 */
const checkShare = 0.1;

/** A machine that behaves as `profile` says, by waiting; it uses hardly any CPU. */
export function modelledMachine(profile: Profile, scheduler: Scheduler, random: Random): Machine {
  const { workers, service, noisyNeighbour } = profile;
  const slowdownAt = noisyNeighbour === undefined ? undefined : slowdownBy(noisyNeighbour, random());
  const queue = new WorkQueue(workers, scheduler, slowdownAt);
  return {
    serve: through(queue, () => drawServiceMs(service, random)),
    check: through(queue, () => service.meanMs * checkShare),
    cpuPercent: utilisationSinceLastLook(queue, workers, scheduler),
  };
}

function through(queue: WorkQueue, workMs: () => number): Work {
  return ({ signal }, answer) =>
    new Promise((resolve, reject) => {
      const place = queue.enter(workMs(), () => {
        signal.removeEventListener("abort", leave);
        try {
          resolve(answer());
        } catch (error) {
          reject(error);
        }
      });
      function leave(): void {
        place.leave();
        // Nobody reads it, but Bun holds on to a request until it is answered.
        resolve(new Response(null, { status: 499 }));
      }
      signal.addEventListener("abort", leave, { once: true });
    });
}

/** The share of their time that the workers were busy since the last look, at first since now. */
function utilisationSinceLastLook(queue: WorkQueue, workers: number, scheduler: Scheduler): () => number {
  let lastBusyMs = queue.busyMs();
  let lastMs = scheduler.now();
  let percent = 0;
  return () => {
    const nowMs = scheduler.now();
    const busyMs = queue.busyMs();
    const capacityMs = (nowMs - lastMs) * workers;
    if (capacityMs > 0) {
      // A job that a timer ended early counts whole, so that the share may pass 1 by a trifle.
      percent = Math.min(100, (100 * Math.max(0, busyMs - lastBusyMs)) / capacityMs);
      lastBusyMs = busyMs;
      lastMs = nowMs;
    }
    return percent;
  };
}
