import { basename, join } from "node:path";
import { failure, type Outcome, success } from "../outcome.ts";

export function findCompiler(): string | undefined {
  return Bun.which("cc") ?? Bun.which("gcc") ?? Bun.which("clang") ?? undefined;
}

/** Compiles a program of one C file into `directory`; its path. A fault in the compiler's words. */
export function compileC(compiler: string, source: string, directory: string): Outcome<string> {
  const executable = join(directory, basename(source, ".c"));
  const { exitCode, stderr } = Bun.spawnSync([compiler, "-O2", "-pthread", "-o", executable, source]);
  return exitCode === 0 ? success(executable) : failure(`${compiler} ${source}: ${stderr}`);
}
