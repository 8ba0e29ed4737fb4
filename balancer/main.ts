import { parseArgs } from "node:util";
import { runCompletion } from "../command-line/completion.ts";
import { answerHealth, parseHealthUrl } from "../containers/health-question.ts";
import { version } from "../package.json";
import { runCheck } from "./check.ts";
import { help, options, program } from "./command-line.ts";
import { loadConfig } from "./config/load.ts";
import { configJsonSchema } from "./config/schema.ts";
import { runBalancer } from "./run-balancer.ts";

/** Lines for people go to stderr: stdout is for what was asked for. */
function log(line: string): void {
  console.error(`${new Date().toISOString()} ${line}`);
}

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === "top") {
    // Loaded when asked for: the balancer itself needs nothing of it.
    process.exitCode = await (await import("./top/command.ts")).runTop(rest);
    return;
  }
  if (command === "completion") {
    process.exitCode = runCompletion(rest, program);
    return;
  }
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    failUsage((error as Error).message);
    return;
  }
  if (values.help) console.log(help.trimEnd());
  else if (values.version) console.log(version);
  else if (values.schema) console.log(JSON.stringify(configJsonSchema(), null, 2));
  else if (values.health !== undefined) await askHealth(values.health);
  else if (values.config === undefined) failUsage("found no --config, expected one such as --config lb.json");
  else if (values.check) process.exitCode = runCheck(values.config, values.json === true);
  else if (values.json) failUsage("--json has no effect without --check");
  else run(values.config);
}

async function askHealth(text: string): Promise<void> {
  const url = parseHealthUrl(text);
  if (url === undefined)
    failUsage(
      `--health: found ${JSON.stringify(text)}, expected a URL such as http://127.0.0.1:9900/healthz`,
    );
  else process.exitCode = await answerHealth(url, (line) => console.error(`balancer: ${line}`));
}

function run(file: string): void {
  const loaded = loadConfig(file);
  if (!loaded.ok) {
    fail(1, `${loaded.faults.join("\n")}\n`);
    return;
  }
  runBalancer(loaded, file, log).catch((error: Error) =>
    // What it has opened until then would keep the process going.
    process.stderr.write(`balancer: ${error.message}\n`, () => process.exit(1)),
  );
}

function failUsage(fault: string): void {
  fail(2, `balancer: ${fault}\nbalancer: try balancer --help\n`);
}

function fail(code: number, text: string): void {
  process.stderr.write(text);
  process.exitCode = code;
}

await main();
