import { labelOf } from "./port.ts";
import type { Holder, LeftPort } from "./registered.ts";
import type { Registry } from "./registry.ts";

/**
 * Opens ports that another process had open, with their servers, for each of which a holder stands in. Resolves to what takes out
 * those that have not registered by the time that it is called. `log`: takes lines for people.
 */
export async function adopt(
  registry: Registry,
  ports: readonly LeftPort[],
  log: (line: string) => void,
): Promise<() => void> {
  const standIns: Holder[] = [];
  for (const { servers, ...port } of ports) {
    for (const { address, ...server } of servers) {
      const standIn = { address, isStandIn: true };
      standIns.push(standIn);
      const fault = await registry.register(standIn, { ...port, ...server });
      if (fault !== undefined) log(`${labelOf(port)}: ${address} is not taken over: ${fault}`);
    }
  }
  return () => {
    for (const standIn of standIns) void registry.release(standIn, "did not register again");
  };
}
