import { compiledPrograms, compilePrograms } from "../commands/compiled-programs.ts";
import { type BenchContext, withBenchContext } from "./bench-context.ts";
import { availableCores, moveToOthers } from "./cores.ts";

/** Runs `task` with the programs compiled anew, and a core for the proxy alone where this machine has one to spare. */
export async function withPinnedBench<T>(
  { signal, say }: Pick<BenchContext, "signal" | "say">,
  task: (context: BenchContext) => Promise<T>,
): Promise<T> {
  await compilePrograms(say, signal);
  const cores = availableCores();
  if (cores.pinned) moveToOthers(cores.split);
  return await withBenchContext({ cores, backend: [compiledPrograms.backend], signal, say }, task);
}
