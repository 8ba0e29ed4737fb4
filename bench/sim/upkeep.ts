import type { Clock } from "../../balancer/cluster/clock.ts";
import type { Random } from "../../balancer/cluster/random.ts";
import type { Target } from "../../balancer/cluster/target.ts";
import type { SimBalancer } from "./balancer.ts";
import type { Scenario } from "./scenario.ts";

/** As the real health checks by default. */
const unhealthyAfter = 3;
const jitter = 0.1;

/** Has the balancer probe the health of all its targets from now until `untilMs`. */
export function keepProbing(
  balancer: SimBalancer,
  probes: NonNullable<Scenario["probes"]>,
  clock: Clock,
  random: Random,
  untilMs: number,
): void {
  const check = (target: Target, failuresBefore: number) => {
    const sentAtMs = clock.now();
    if (sentAtMs >= untilMs) return;
    balancer.server(target).probe(probes.work, (reply) => {
      const ok = reply.kind === "answered";
      const failures = ok ? 0 : failuresBefore + 1;
      if (ok) {
        balancer.group.recordProbe(target, clock.now() - sentAtMs);
        balancer.group.setState(target, "healthy");
      } else if (failures >= unhealthyAfter) balancer.group.setState(target, "unhealthy");
      const spread = 1 + jitter * (2 * random() - 1);
      clock.after(probes.interval * spread, () => check(target, failures));
    });
  };
  for (const target of balancer.group.targets) check(target, 0);
}

/** Has the balancer ask all its targets, from now until `untilMs`, how busy they have been since it last asked. */
export function keepAskingLoads(
  balancer: SimBalancer,
  intervalMs: number,
  clock: Clock,
  untilMs: number,
): void {
  const workedBefore = new Map<Target, number>();
  const ask = () => {
    if (clock.now() >= untilMs) return;
    for (const target of balancer.group.targets) {
      const { workedMs, workers } = balancer.server(target);
      const busyMs = workedMs - (workedBefore.get(target) ?? 0);
      workedBefore.set(target, workedMs);
      balancer.group.recordLoad(target, (100 * busyMs) / (intervalMs * workers));
    }
    clock.after(intervalMs, ask);
  };
  ask();
}
