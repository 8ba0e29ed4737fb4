import { parseArgs } from "node:util";
import { parseDurationMs } from "../balancer/config/duration.ts";
import { failure, type Outcome, success } from "../bench/outcome.ts";
import { type StackName, stackNames } from "../stacks/stack-names.ts";

const commands = ["up", "down"] as const;

/** The command line of `bun run aws`. */
export interface Options {
  readonly command: (typeof commands)[number];
  /** Undefined: as the settings say. */
  readonly stack: StackName | undefined;
  readonly yes: boolean;
  readonly confirm: boolean;
  readonly json: boolean;
  readonly bench: boolean;
  readonly timeoutMs: number;
  /** For the benchmark, as they were typed. */
  readonly benchArgs: readonly string[];
}

const optionTypes = {
  yes: { type: "boolean" },
  timeout: { type: "string" },
  "no-bench": { type: "boolean" },
  json: { type: "boolean" },
  confirm: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const optionsOf = {
  up: ["yes", "timeout", "no-bench", "json"],
  down: ["confirm", "json"],
} as const satisfies Record<Options["command"], readonly (keyof typeof optionTypes)[]>;

/** Reads the command line, without the program's name. */
export function parseOptions(args: readonly string[]): Outcome<Options | "help"> {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const benchArgs = args.slice(end + 1);
  const parsed = parse(args.slice(0, end));
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed.value;
  if (values.help) return success("help");
  const [typed, typedStack, ...more] = positionals;
  const command = commands.find((name) => name === typed);
  if (command === undefined) return failure(`found ${quoted(typed, "no command")}, expected up or down`);
  const stack = stackNames.find((name) => name === typedStack);
  if (stack === undefined && typedStack !== undefined)
    return failure(`found stack ${JSON.stringify(typedStack)}, expected ${stackNames.join(", ")}`);
  if (more.length > 0) return failure(`found ${JSON.stringify(more[0])}, expected one stack and options`);
  const allowed: readonly string[] = optionsOf[command];
  const stray = Object.keys(values).find((name) => !allowed.includes(name));
  if (stray !== undefined)
    return failure(
      `--${stray} is an option of ${command === "up" ? "down" : "up"}, found it with ${command}`,
    );
  const { timeout = "10m", "no-bench": noBench = false } = values;
  const timeoutMs = parseDurationMs(timeout);
  if (timeoutMs === undefined)
    return failure(`--timeout: found ${JSON.stringify(timeout)}, expected a duration such as "10m"`);
  if (benchArgs.length > 0 && (command === "down" || noBench))
    return failure(
      `found ${JSON.stringify(benchArgs[0])} behind --, expected nothing: there is no benchmark`,
    );
  const { yes = false, confirm = false, json = false } = values;
  return success({ command, stack, yes, confirm, json, bench: !noBench, timeoutMs, benchArgs });
}

function parse(args: readonly string[]) {
  try {
    return success(parseArgs({ args: [...args], options: optionTypes, allowPositionals: true }));
  } catch (error) {
    // What parseArgs says of bad options; anything else is a bug.
    if (!(error instanceof TypeError)) throw error;
    return failure(error.message.replaceAll("\n", " "));
  }
}

const quoted = (text: string | undefined, none: string) => (text === undefined ? none : JSON.stringify(text));
