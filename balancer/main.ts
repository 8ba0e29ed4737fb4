import { parseArgs } from "node:util";
import { runCompletion } from "../command-line/completion.ts";
import { answerHealth, parseHealthUrl } from "../containers/health-question.ts";
import { version } from "../package.json";
import { help, options, program } from "./command-line.ts";
import { scavengeRarely } from "./scavenge-rarely.ts";

// All but a few small modules is loaded when it is asked for: most of a start is loading, and a container's health is asked
// for every few seconds.

/** Lines for people go to stderr: stdout is for what was asked for. */
function log(line: string): void {
  console.error(`${new Date().toISOString()} ${line}`);
}

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === "top") {
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
  else if (values.schema) await printSchema();
  else if (values.health !== undefined) await askHealth(values.health);
  else if (values.config === undefined) failUsage("found no --config, expected one such as --config lb.json");
  else if (values.check)
    process.exitCode = (await import("./check.ts")).runCheck(values.config, values.json === true);
  else if (values.json) failUsage("--json has no effect without --check");
  else {
    scavengeRarely();
    await run(values.config);
  }
}

async function askHealth(text: string): Promise<void> {
  const url = parseHealthUrl(text);
  if (url === undefined)
    failUsage(
      `--health: found ${JSON.stringify(text)}, expected a URL such as http://127.0.0.1:9900/healthz`,
    );
  else process.exitCode = await answerHealth(url, (line) => console.error(`balancer: ${line}`));
}

async function printSchema(): Promise<void> {
  const { configJsonSchema } = await import("./config/schema.ts");
  console.log(JSON.stringify(configJsonSchema(), null, 2));
}

async function run(file: string): Promise<void> {
  const { loadConfig } = await import("./config/load.ts");
  const { runBalancer } = await import("./run-balancer.ts");
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
