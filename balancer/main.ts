import { parseArgs } from "node:util";
import { answerHealth, parseHealthUrl } from "../containers/health-question.ts";
import { version } from "../package.json";
import { loadConfig } from "./config/load.ts";
import { configJsonSchema } from "./config/schema.ts";
import { runBalancer } from "./run-balancer.ts";

const help = `Ballast ${version}, a latency-aware load balancer

usage:
  balancer --config lb.json            run; SIGHUP reloads, SIGUSR1 opens log files anew,
                                       SIGUSR2 has the program on disk take over,
                                       SIGTERM drains and ends, a second SIGTERM ends at once
  balancer --config lb.json --check    check the config: exit 0, or 1 with every fault
  balancer --schema                    print the JSON Schema of lb.json
  balancer top [--url URL]             watch a running balancer; balancer top --help
  balancer --health URL                ask there once: exit 0 when the answer is 2xx, else 1
  balancer --version | --help

examples:
  ./balancer --config lb.json --check && ./balancer --config lb.json
  ./balancer --schema > lb.schema.json
  ./balancer --health http://127.0.0.1:9900/healthz

exit codes: 0 ended as asked, 1 bad config, a listener that can't start or not healthy, 2 bad command line
`;

const options = {
  config: { type: "string" },
  check: { type: "boolean" },
  schema: { type: "boolean" },
  health: { type: "string" },
  version: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

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
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    fail(2, `balancer: ${(error as Error).message}\n\n${help}`);
    return;
  }
  if (values.help) console.log(help.trimEnd());
  else if (values.version) console.log(version);
  else if (values.schema) console.log(JSON.stringify(configJsonSchema(), null, 2));
  else if (values.health !== undefined) await askHealth(values.health);
  else if (values.config === undefined) fail(2, `balancer: --config is missing\n\n${help}`);
  else withConfig(values.config, values.check === true);
}

async function askHealth(text: string): Promise<void> {
  const url = parseHealthUrl(text);
  if (url === undefined)
    fail(
      2,
      `balancer: --health: found ${JSON.stringify(text)}, expected a URL such as http://127.0.0.1:9900/healthz\n`,
    );
  else process.exitCode = await answerHealth(url, (line) => console.error(`balancer: ${line}`));
}

function withConfig(file: string, onlyCheck: boolean): void {
  const loaded = loadConfig(file);
  if (!loaded.ok) {
    fail(1, `${loaded.faults.join("\n")}\n`);
    return;
  }
  if (onlyCheck) {
    console.log(`${file}: ok`);
    return;
  }
  runBalancer(loaded, file, log).catch((error: Error) => fail(1, `balancer: ${error.message}\n`));
}

function fail(code: number, text: string): void {
  process.stderr.write(text);
  process.exitCode = code;
}

await main();
