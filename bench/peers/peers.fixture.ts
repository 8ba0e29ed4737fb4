import { join } from "node:path";
import { type BenchContext, withBenchContext } from "./bench-context.ts";
import type { InstalledPeer } from "./subjects.ts";

const backendMain = join(import.meta.dir, "..", "..", "backend", "main.ts");

/** A peer that every machine has: Bun runs `script` with the peer's port and its targets' as arguments. */
export function scriptPeer(name: string, script = join(import.meta.dir, "relay.fixture.ts")): InstalledPeer {
  return {
    peer: {
      name,
      program: "bun",
      find: () => process.execPath,
      version: () => Bun.version,
      launch: (executable, { port, targets }) => ({
        files: {},
        command: [executable, script, ...[port, ...targets.map((target) => target.port)].map(String)],
      }),
    },
    executable: process.execPath,
    version: Bun.version,
  };
}

/** Runs `task` as the command would, but without moving the tests to other cores. */
export function withTestContext<T>(
  task: (context: BenchContext) => Promise<T>,
  signal = new AbortController().signal,
): Promise<T> {
  const cores = { pinned: false, why: "a test" } as const;
  return withBenchContext({ cores, backend: [process.execPath, backendMain], signal, say: () => {} }, task);
}
