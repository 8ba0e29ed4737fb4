import { readOptions } from "../commands/read-options.ts";
import { runCommand } from "../commands/run-command.ts";
import type { Outcome } from "../outcome.ts";
import type { Failure } from "./fuzz.ts";
import type { FuzzedReader } from "./reader.ts";
import { allReaders } from "./readers/all.ts";
import { fuzzInThread } from "./session.ts";

const names = allReaders.map(({ name }) => name);

const help = `Feeds the readers of what strangers send with damaged inputs: none may throw, hang, keep memory, or read
the same bytes in two ways.

Usage: bun run fuzz [options]

  --runs N       inputs in all, shared out among the readers (default 1000000)
  --seed S       the same seed gives the same inputs (default: a new one, which is printed)
  --reader NAME  one of ${names.join(", ")} (default: all)
  --json         print what was found as JSON; all else goes to stderr
  --help         print this

Exit codes: 0 nothing was found, 1 with the seed, the index and the input of the first failure of a reader,
2 for options that it doesn't know.

Examples:
  bun run fuzz
  bun run fuzz --reader request-head --runs 5000000
  bun run fuzz --reader control --seed 7 --runs 1234     # the input 1233 of seed 7 again
`;

interface FuzzOptions {
  readonly json: boolean;
  readonly runs: number;
  readonly seed: number;
  readonly readers: readonly FuzzedReader[];
}

/** `bun run fuzz`: resolves to the exit code. */
export async function runFuzz(args: readonly string[]): Promise<number> {
  return await runCommand({ usage: "bun run fuzz", help }, parseOptions(args), fuzz);
}

async function fuzz({ runs, seed, readers, json }: FuzzOptions): Promise<number> {
  const stream = json ? process.stderr : process.stdout;
  stream.write(`seed ${seed}, ${runs} inputs for ${readers.map(({ name }) => name).join(", ")}\n`);
  const results: ReaderResult[] = [];
  for (const [index, reader] of readers.entries()) {
    const share =
      Math.floor((runs * (index + 1)) / readers.length) - Math.floor((runs * index) / readers.length);
    const result = await fuzzInThread(reader, seed, share, (inputs, rssBytes) => {
      if (stream.isTTY) stream.write(`\r${reader.name} ${inputs} of ${share}, ${mib(rssBytes)} MiB `);
    });
    const rate = Math.round((result.inputs / result.tookMs) * 1000);
    const end = stream.isTTY ? "\r" : "";
    stream.write(
      `${end}${reader.name.padEnd(14)} ${result.inputs} inputs, ${rate}/s, memory +${mib(result.grownBytes)} MiB${result.failure === undefined ? "" : " FAILED"}\n`,
    );
    if (result.failure !== undefined) tell(result.failure);
    results.push({ reader: reader.name, ...result, failure: result.failure && forPrograms(result.failure) });
  }
  if (json) console.log(JSON.stringify({ seed, runs, readers: results }, null, 2));
  return results.every(({ failure }) => failure === undefined) ? 0 : 1;
}

/** What --json tells of each reader. */
interface ReaderResult {
  readonly reader: string;
  readonly inputs: number;
  readonly tookMs: number;
  readonly grownBytes: number;
  readonly failure?: ReturnType<typeof forPrograms> | undefined;
}

/** `input` is any bytes, which JSON has no text for. */
const forPrograms = ({ index, input, fault }: Failure) => ({
  index,
  fault,
  inputBase64: input.toString("base64"),
});

const mib = (bytes: number) => Math.round(bytes / 1_048_576);

function tell({ reader, seed, index, input, fault }: Failure): void {
  console.error(`${reader}: ${fault}`);
  console.error(`  input ${index} of seed ${seed}: ${JSON.stringify(input.toString("latin1"))}`);
  console.error(`  again: bun run fuzz --reader ${reader} --seed ${seed} --runs ${index + 1}`);
}

function parseOptions(args: readonly string[]): Outcome<FuzzOptions | "help"> {
  return readOptions(
    args,
    {
      runs: { type: "string" },
      seed: { type: "string" },
      reader: { type: "string" },
    },
    (values, reader) => {
      const chosen = reader.read("reader", `one of ${names.join(", ")}`, (name) =>
        allReaders.find((each) => each.name === name),
      );
      return {
        runs: reader.whole("runs", 1) ?? 1_000_000,
        seed: reader.whole("seed", 0) ?? Date.now() % 1_000_000_000,
        readers: chosen === undefined ? allReaders : [chosen],
        json: values.json,
      };
    },
  );
}
