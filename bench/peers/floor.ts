import { join } from "node:path";
import type { Outcome } from "../outcome.ts";
import { compileC } from "./compile.ts";
import type { Peer } from "./peer.ts";

const source = join(import.meta.dir, "floor.c");

/** Compiles the relay into `directory`; its path. A fault in the compiler's words. */
export function compileFloor(compiler: string, directory: string): Outcome<string> {
  return compileC(compiler, source, directory);
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
