import { join } from "node:path";
import { z } from "zod";
import type { Outcome } from "../../outcome.ts";
import { success } from "../../outcome.ts";
import { compileC } from "../compile.ts";
import type { Load } from "./load.ts";
import { runForSummary } from "./tool.ts";

/** Programs in C: what takes as long as a relay itself can't keep one full from another core. */
export interface UdpTools {
  readonly load: string;
  readonly echo: string;
}

const summarySchema = z.object({
  answered: z.number(),
  lost: z.number(),
  wrong: z.number(),
  wallMs: z.number(),
});

/** Compiles both into `directory`; a fault in the compiler's words. */
export function compileUdpTools(compiler: string, directory: string): Outcome<UdpTools> {
  const load = compileC(compiler, join(import.meta.dir, "udp-load.c"), directory);
  if (!load.ok) return load;
  const echo = compileC(compiler, join(import.meta.dir, "udp-echo.c"), directory);
  return echo.ok ? success({ load: load.value, echo: echo.value }) : echo;
}

/** A closed loop of clients with ports of their own, each with so many datagrams under way. */
export function udpClosedLoop(tools: UdpTools, clients: number, window: number, bytes: number): Load {
  return {
    description: `closed loop of ${clients} clients with ${window} datagram${window === 1 ? "" : "s"} of ${bytes} bytes under way each, by udp-load.c`,
    async run(url, durationMs, signal) {
      const { port } = new URL(url);
      const command = [tools.load, port, ...[clients, window, bytes, durationMs].map(String)];
      const { answered, lost, wrong, wallMs } = await runForSummary(command, signal, summarySchema);
      return { answered, bad: lost + wrong, wallMs, latency: undefined };
    },
  };
}
