import type { Machine } from "./machine/machine.ts";
import { realMachine } from "./machine/real-machine.ts";
import type { Instance } from "./routes/greeting.ts";
import { type Backend, startBackend } from "./server.ts";

export const testInstance: Instance = { id: "i-1", cluster: "cluster1", name: "i-1", hostname: "host-1" };

/** For tests: a backend on a free port of this machine. */
export function startTestBackend(machine: Machine = realMachine(), instance = testInstance): Backend {
  const backend = startBackend("127.0.0.1", 0, instance, machine);
  if (!backend.ok) throw new Error(backend.faults.join("\n"));
  return backend.value;
}
