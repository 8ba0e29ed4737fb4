import type { Server } from "bun";
import type { Machine } from "../machine/machine.ts";
import { forReading } from "./method.ts";

/** `/health` for probes, and `/load` for balancers that choose by it. */
export function healthRoutes(machine: Machine) {
  return {
    "/health": forReading((request: Request, server: Server<undefined>) =>
      machine.check(request, () => {
        const others = server.pendingRequests - 1;
        return new Response("ok", { headers: { "x-ballast-load": `inflight=${others}` } });
      }),
    ),
    // It answers at once even on a modelled machine: a report that had waited in the queue would be old.
    "/load": forReading(() => {
      const percent = machine.cpuPercent();
      return percent === undefined
        ? new Response("this system has no /proc/stat to read the CPU use from\n", { status: 501 })
        : new Response(percent.toFixed(2));
    }),
  };
}
