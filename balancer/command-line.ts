import { completionCommand } from "../command-line/completion.ts";
import { optionLines } from "../command-line/help.ts";
import type { Options, Program } from "../command-line/program.ts";
import { version } from "../package.json";
import { topCommand } from "./top/options.ts";

/** What the balancer's own command line takes; --help and shell completion are made of it. */
export const options = {
  config: { type: "string", value: "FILE", files: true, says: "run with this config, usually lb.json" },
  check: {
    type: "boolean",
    says: "only check the config, and the files that it names: exit 0, or 1 with every fault",
  },
  json: { type: "boolean", says: "print what --check finds as JSON" },
  schema: { type: "boolean", says: "print the JSON Schema of lb.json" },
  health: {
    type: "string",
    value: "URL",
    says: "ask a running balancer there once: exit 0 when the answer is 2xx, else 1",
  },
  version: { type: "boolean", says: "print the version" },
  help: { type: "boolean", short: "h", says: "print this" },
} as const satisfies Options;

export const program: Program = {
  name: "balancer",
  says: "a latency-aware load balancer",
  options,
  subcommands: [topCommand, completionCommand],
};

export const help = `Ballast ${version}, a latency-aware load balancer

usage:
  balancer --config lb.json            run; SIGHUP reloads, SIGUSR1 opens log files anew,
                                       SIGUSR2 has the program on disk take over,
                                       SIGTERM drains and ends, a second SIGTERM ends at once
  balancer --config lb.json --check [--json]
  balancer top [options]               ${topCommand.says}; balancer top --help
  balancer completion bash|zsh|fish    ${completionCommand.says}
  balancer --schema | --health URL | --version | --help

${optionLines(options)}

examples:
  ./balancer --config lb.json --check && ./balancer --config lb.json
  ./balancer --config lb.json --check --json | jq -r '.faults[].field'
  ./balancer --schema > lb.schema.json
  ./balancer --health http://127.0.0.1:9900/healthz
  source <(./balancer completion bash)

exit codes: 0 ended as asked, 1 bad config, a listener that can't start or not healthy, 2 bad command line
`;
