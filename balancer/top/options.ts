import { optionLines } from "../../command-line/help.ts";
import type { Command, Options } from "../../command-line/program.ts";

export const options = {
  url: {
    type: "string",
    default: "http://127.0.0.1:9900",
    value: "URL",
    says: "the admin address, or a listener's status path (default http://127.0.0.1:9900)",
  },
  token: { type: "string", value: "TOKEN", says: "the admin token; or the variable BALLAST_TOKEN" },
  interval: { type: "string", default: "1s", value: "D", says: "between two looks (default 1s)" },
  once: {
    type: "boolean",
    default: false,
    says: "print one table, of traffic during one interval, and end",
  },
  json: { type: "boolean", default: false, says: "print each look as one line of JSON" },
  help: { type: "boolean", short: "h", default: false, says: "print this" },
} as const satisfies Options;

export const topCommand: Command = {
  name: "top",
  says: "watch a running balancer's groups and targets",
  options,
};

export const topHelp = `Shows a running balancer's groups and targets, again and again.

usage: balancer top [options]

${optionLines(options)}

keys: q or Ctrl-C ends

examples:
  balancer top
  balancer top --url http://127.0.0.1:8080/status --interval 500ms
  balancer top --once
  balancer top --json | jq '.groups.cluster1.targets[] | select(.state != "healthy")'

exit codes: 0 ended as asked, 1 no balancer answered (with --once or --json), 2 bad command line
`;
