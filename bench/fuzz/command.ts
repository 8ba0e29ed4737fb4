import { parseStrictly } from "../commands/parse-strictly.ts";
import { failure as fault, type Outcome, success } from "../outcome.ts";
import type { Failure } from "./fuzz.ts";
import type { FuzzedReader } from "./reader.ts";
import { allReaders } from "./readers/all.ts";
import { fuzzInThread } from "./session.ts";

const names = allReaders.map(({ name }) => name);

const help = `Feeds the readers of what strangers send with damaged inputs: none may throw, hang, keep memory, or read
the same bytes in two ways.

Usage: bun run fuzz [--runs N] [--seed S] [--reader NAME]

  --runs N       inputs in all, shared out among the readers (default 1000000)
  --seed S       the same seed gives the same inputs (default: a new one, which is printed)
  --reader NAME  one of ${names.join(", ")} (default: all)

Exit code: 0 when nothing was found, 1 with the seed, the index and the input of the first failure of a reader.
`;

interface FuzzOptions {
  readonly help: boolean;
  readonly runs: number;
  readonly seed: number;
  readonly readers: readonly FuzzedReader[];
}

/** `bun run fuzz`: resolves to the exit code. */
export async function runFuzz(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (!options.ok) {
    console.error(`${options.fault}\ntry bun run fuzz --help`);
    return 2;
  }
  if (options.value.help) {
    process.stdout.write(help);
    return 0;
  }
  const { runs, seed, readers } = options.value;
  console.log(`seed ${seed}, ${runs} inputs for ${readers.map(({ name }) => name).join(", ")}`);
  let exitCode = 0;
  for (const [index, reader] of readers.entries()) {
    const share =
      Math.floor((runs * (index + 1)) / readers.length) - Math.floor((runs * index) / readers.length);
    const result = await fuzzInThread(reader, seed, share, (inputs, rssBytes) => {
      if (process.stdout.isTTY)
        process.stdout.write(`\r${reader.name} ${inputs} of ${share}, ${mib(rssBytes)} MiB `);
    });
    const rate = Math.round((result.inputs / result.tookMs) * 1000);
    const end = process.stdout.isTTY ? "\r" : "";
    console.log(
      `${end}${reader.name.padEnd(14)} ${result.inputs} inputs, ${rate}/s, memory +${mib(result.grownBytes)} MiB${result.failure === undefined ? "" : " FAILED"}`,
    );
    if (result.failure === undefined) continue;
    tell(result.failure);
    exitCode = 1;
  }
  return exitCode;
}

const mib = (bytes: number) => Math.round(bytes / 1_048_576);

function tell({ reader, seed, index, input, fault }: Failure): void {
  console.error(`${reader}: ${fault}`);
  console.error(`  input ${index} of seed ${seed}: ${JSON.stringify(input.toString("latin1"))}`);
  console.error(`  again: bun run fuzz --reader ${reader} --seed ${seed} --runs ${index + 1}`);
}

function readOptions(args: readonly string[]): Outcome<FuzzOptions> {
  const parsed = parseStrictly(args, {
    runs: { type: "string" },
    seed: { type: "string" },
    reader: { type: "string" },
    help: { type: "boolean", short: "h" },
  });
  if (!parsed.ok) return parsed;
  const { runs = "1000000", seed = String(Date.now() % 1_000_000_000), reader, help = false } = parsed.value;
  for (const [name, text] of Object.entries({ runs, seed }))
    if (!/^\d{1,9}$/.test(text))
      return fault(`--${name}: found ${JSON.stringify(text)}, expected a whole number up to 999999999`);
  if (runs === "0") return fault('--runs: found "0", expected at least 1');
  const readers = allReaders.filter(({ name }) => reader === undefined || name === reader);
  if (readers.length === 0)
    return fault(`--reader: found ${JSON.stringify(reader)}, expected one of ${names.join(", ")}`);
  return success({ help, runs: Number(runs), seed: Number(seed), readers });
}
