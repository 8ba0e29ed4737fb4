import type { Outcome } from "../outcome.ts";

/** A command as its user knows it. */
export interface Command {
  /** As it is typed. */
  readonly usage: string;
  readonly help: string;
}

/** Runs a command with its options, or tells its help or what is wrong with them; resolves to the exit code. */
export async function runCommand<Options>(
  { usage, help }: Command,
  parsed: Outcome<Options | "help">,
  run: (options: Options) => Promise<number>,
): Promise<number> {
  if (!parsed.ok) {
    console.error(`${parsed.fault}\ntry ${usage} --help`);
    return 2;
  }
  if (parsed.value === "help") {
    process.stdout.write(help);
    return 0;
  }
  return await run(parsed.value);
}
