import { join } from "node:path";
import { failure, type Outcome, success } from "../outcome.ts";
import type { Peer } from "./peer.ts";

const source = join(import.meta.dir, "floor.c");

export function findCompiler(): string | undefined {
  return Bun.which("cc") ?? Bun.which("gcc") ?? Bun.which("clang") ?? undefined;
}

/** Compiles the relay into `directory`; its path. A fault in the compiler's words. */
export function compileFloor(compiler: string, directory: string): Outcome<string> {
  const executable = join(directory, "floor");
  const { exitCode, stderr } = Bun.spawnSync([compiler, "-O2", "-o", executable, source]);
  return exitCode === 0 ? success(executable) : failure(`${compiler} ${source}: ${stderr}`);
}

/** What any proxy must cost at least: a relay of bytes in C; `executable` is undefined where nothing could compile it. */
export function floor(executable: string | undefined): Peer {
  return {
    name: "C relay, no parsing",
    program: "floor",
    needs: "a C compiler",
    find: () => executable,
    // It has none of its own.
    version: () => "",
    launch: (found, { port, targets }) => ({
      files: {},
      command: [found, ...[port, ...targets.map((target) => target.port)].map(String)],
    }),
  };
}
