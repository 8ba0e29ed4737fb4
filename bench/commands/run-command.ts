import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { failure, type Outcome, success } from "../outcome.ts";

/** A command as its user knows it. */
export interface Command {
  /** As it is typed. */
  readonly usage: string;
  readonly help: string;
}

/** What every command is told; `out` is the directory of what it writes. */
interface CommonOptions {
  readonly json: boolean;
  readonly out?: string;
}

/** Runs a command with its options, or tells its help or what is wrong with them; resolves to the exit code. */
export async function runCommand<Options extends CommonOptions>(
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
  const { out } = parsed.value;
  const writable = out === undefined ? success(undefined) : await prepareDirectory(out);
  if (!writable.ok) {
    console.error(writable.fault);
    return 2;
  }
  return await run(parsed.value);
}

/** Before what takes minutes rather than after it: whether there is a directory that can be written to. */
async function prepareDirectory(directory: string): Promise<Outcome<void>> {
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK);
    return success(undefined);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure(`--out: found ${JSON.stringify(directory)}, expected a directory to write to: ${reason}`);
  }
}
