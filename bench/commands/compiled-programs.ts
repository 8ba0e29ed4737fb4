import { join } from "node:path";
import { buildExecutables } from "../../scripts/build.ts";

const dist = join(import.meta.dir, "..", "..", "dist");

/** Where {@link compilePrograms} puts them. */
export const compiledPrograms = { balancer: join(dist, "balancer"), backend: join(dist, "backend") } as const;

/**
 * Compiles the balancer and the backend as they are in the sources now: what is measured is what users run. Rejects with the
 * signal's reason, once the compiler is done, where it was aborted meanwhile.
 */
export async function compilePrograms(say: (line: string) => void, signal: AbortSignal): Promise<void> {
  say("compiling balancer and backend");
  await buildExecutables();
  signal.throwIfAborted();
}
