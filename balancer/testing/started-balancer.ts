import { type Balancer, startBalancer } from "../balancer.ts";
import { parseConfig } from "../config/load.ts";

/** For tests: a balancer in this process, from a config in lb.json's own words; throws with the config's faults. */
export async function startFromConfig(config: object): Promise<Balancer> {
  const loaded = parseConfig(JSON.stringify(config), "lb.json");
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  return startBalancer(loaded.config, () => {});
}
