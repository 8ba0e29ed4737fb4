import { completionCommand } from "../command-line/completion.ts";
import { optionLines } from "../command-line/help.ts";
import type { Options, Program } from "../command-line/program.ts";
import { instanceTypes } from "./machine/instance-types.ts";

/** What a balancer is to relay to this server; `api` is HTTP, balanced request by request. */
export const protocols = ["tcp", "udp", "api"] as const;
export type Protocol = (typeof protocols)[number];

/** `echo` sends back what it gets, `frontend` makes pages of what the backends behind a balancer answer. */
export const roles = ["http", "echo", "frontend"] as const;
export type Role = (typeof roles)[number];

/** What the command line takes; --help and shell completion are made of it. */
export const options = {
  port: { type: "string", value: "N", says: "port to listen on, 0 for a free one (default 8000)" },
  host: {
    type: "string",
    value: "ADDRESS",
    says: "address to listen on (default 127.0.0.1; 0.0.0.0 for all)",
    known: ["127.0.0.1", "0.0.0.0"],
  },
  id: {
    type: "string",
    value: "ID",
    says: 'name of this instance (default: the hostname); "ec2" takes the instance id from the EC2 metadata service',
    known: ["ec2"],
  },
  cluster: { type: "string", value: "NAME", says: "cluster it belongs to (default cluster1)" },
  profile: {
    type: "string",
    value: "P",
    says: `behave like ${Object.keys(instanceTypes).join(" or ")}, or as a JSON file says (default: answer at once)`,
    known: Object.keys(instanceTypes),
    files: true,
  },
  register: {
    type: "string",
    value: "A",
    says: "register with the balancer whose control channel is at address and port A, such as 10.0.0.1:8081",
  },
  protocol: {
    type: "string",
    value: "P",
    says: "what it registers as, or the role echo speaks: tcp, udp, or api for HTTP (default api)",
    known: protocols,
  },
  role: {
    type: "string",
    value: "R",
    says: "http for the application, echo to send back what comes over tcp or udp, frontend for pages of 100 numbers with the primes in green (default http, with udp echo)",
    known: roles,
  },
  balancer: {
    type: "string",
    value: "URL",
    says: "where the frontend asks whether a number is prime",
  },
  seed: { type: "string", value: "N", says: "make the service times of the profile repeatable" },
  health: {
    type: "string",
    value: "URL",
    says: "ask a running backend there once: exit 0 when the answer is 2xx, else 1; needs no other option",
  },
  json: { type: "boolean", says: "say where it listens as one line of JSON" },
  version: { type: "boolean", says: "print the version" },
  help: { type: "boolean", short: "h", says: "print this" },
} as const satisfies Options;

export const program: Program = {
  name: "backend",
  says: "the application behind the balancer",
  options,
  subcommands: [completionCommand],
};

export const help = `The application behind the balancer: greets, tests numbers for primality, tells its load.

Usage: backend [options]
       backend completion bash|zsh|fish    ${completionCommand.says}

${optionLines(options)}

Environment: NAME is the name in the HTML greeting (default: the id);
BALLAST_TOKEN is the token that the balancer asks for.
Exit codes: 0 after SIGTERM, 1 when it can't start or is not healthy, 2 for options it
doesn't know.

Examples:
  backend --port 8000 --id i-1 --cluster cluster1
  backend --port 8001 --id i-5 --cluster cluster2 --profile t2.micro
  backend --host 0.0.0.0 --id ec2 --cluster cluster1
  NAME=alice backend --port 0 --profile slow.json --seed 1
  backend --host 127.0.0.2 --port 9000 --role echo --protocol tcp --register 127.0.0.1:8081
  backend --host 0.0.0.0 --port 80 --role frontend --balancer http://10.0.1.10:8080
  backend --port 0 --json | jq -r .url
`;
