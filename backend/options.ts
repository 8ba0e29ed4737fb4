import { parseArgs } from "node:util";
import { parseHealthUrl } from "../containers/health-question.ts";
import { parseWholeNumber } from "./prime/whole-number.ts";
import { fail, type Result, succeed } from "./result.ts";

/** What a balancer is to relay to this server; `api` is HTTP, balanced request by request. */
export type Protocol = "tcp" | "udp" | "api";

/** `echo` sends back what it gets, `frontend` makes pages of what the backends behind a balancer answer. */
export type Role = "http" | "echo" | "frontend";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface RunOptions {
  readonly role: Role;
  /** What the role speaks, as a balancer is told. */
  readonly protocol: Protocol;
  /** The control channel to register with. */
  readonly register: Address | undefined;
  /** Where the frontend asks; undefined in other roles. */
  readonly balancer: URL | undefined;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Undefined: the hostname. `ec2`: ask the metadata service. */
  readonly id: string | undefined;
  readonly cluster: string;
  /** An instance type or the path of a file. Undefined: the machine as it is. */
  readonly profile: string | undefined;
  /** Of the profile's draws. Undefined: another one on every start. */
  readonly seed: number | undefined;
}

export type Command =
  | { readonly run: RunOptions }
  /** Ask there how a running backend is. */
  | { readonly health: URL }
  | { readonly print: "help" | "version" };

export const help = `The application behind the balancer: greets, tests numbers for primality, tells its load.

Usage: backend [options]

  --port N         port to listen on, 0 for a free one (default 8000)
  --host ADDRESS   address to listen on (default 127.0.0.1; 0.0.0.0 for all)
  --id ID          name of this instance (default: the hostname);
                   "ec2" takes the instance id from the EC2 metadata service
  --cluster NAME   cluster it belongs to (default cluster1)
  --profile P      behave like t2.large or t2.micro, or as a JSON file says
                   (default: answer at once)
  --register A     register with the balancer whose control channel is at
                   address and port A, such as 10.0.0.1:8081
  --protocol P     as what: tcp, udp, or api for HTTP (default api)
  --role R         http for the application, echo to send back what comes
                   over tcp or udp, frontend for pages of 100 numbers with the
                   primes in green (default http, with udp echo)
  --balancer URL   where the frontend asks whether a number is prime
  --seed N         make the service times of the profile repeatable
  --health URL     ask a running backend there once: exit 0 when the answer is
                   2xx, else 1; needs no other option
  --help           print this
  --version        print the version

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
`;

const optionTypes = {
  port: { type: "string" },
  host: { type: "string" },
  id: { type: "string" },
  cluster: { type: "string" },
  profile: { type: "string" },
  seed: { type: "string" },
  register: { type: "string" },
  protocol: { type: "string" },
  role: { type: "string" },
  balancer: { type: "string" },
  health: { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** Reads the command line, without the program's name; all faults that can be told apart come at once. */
export function parseCommandLine(args: readonly string[]): Result<Command> {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    const isUsageFault =
      error instanceof Error && "code" in error && /^ERR_PARSE_ARGS/.test(String(error.code));
    if (!isUsageFault) throw error;
    return fail(error.message.replaceAll("\n", " "));
  }
  if (values.help) return succeed({ print: "help" });
  if (values.version) return succeed({ print: "version" });
  if (values.health !== undefined) return parseHealth(values.health);

  const faults: string[] = [];
  const numberUpTo = (name: "port" | "seed", most: number) => {
    const text = values[name];
    if (text === undefined) return undefined;
    const parsed = parseWholeNumber(text);
    if (parsed.ok && parsed.value <= most) return parsed.value;
    faults.push(`--${name}: found ${JSON.stringify(text)}, expected a whole number from 0 to ${most}`);
    return undefined;
  };
  for (const name of ["host", "id", "cluster", "profile"] as const) {
    if (values[name] === "") faults.push(`--${name}: found nothing, expected a text`);
  }
  const oneOf = <Name extends string>(name: "protocol" | "role", names: readonly Name[]) => {
    const text = values[name];
    const found = names.find((each) => each === text);
    if (text !== undefined && found === undefined)
      faults.push(`--${name}: found ${JSON.stringify(text)}, expected ${names.join(", ")}`);
    return found;
  };
  const protocol = oneOf("protocol", ["tcp", "udp", "api"]);
  const role = oneOf("role", ["http", "echo", "frontend"]) ?? (protocol === "udp" ? "echo" : "http");
  const register = values.register === undefined ? undefined : parseAddress(values.register);
  if (values.register !== undefined && register === undefined)
    faults.push(
      `--register: found ${JSON.stringify(values.register)}, expected HOST:PORT such as 10.0.0.1:8081`,
    );
  const isEcho = role === "echo";
  if (isEcho && protocol !== "tcp" && protocol !== "udp")
    faults.push("--role: found echo, expected --protocol tcp or udp beside it");
  if (!isEcho && protocol === "udp") faults.push("--role: found http beside --protocol udp, expected echo");
  if (!isEcho && protocol !== undefined && values.register === undefined)
    faults.push("--protocol: found it alone, expected --register or --role echo beside it");
  const balancer = values.balancer === undefined ? undefined : parseHttpUrl(values.balancer);
  if (values.balancer !== undefined && balancer === undefined)
    faults.push(
      `--balancer: found ${JSON.stringify(values.balancer)}, expected a URL such as http://10.0.1.10:8080`,
    );
  if (role === "frontend" && values.balancer === undefined)
    faults.push("--role: found frontend, expected --balancer beside it");
  if (role !== "frontend" && values.balancer !== undefined)
    faults.push("--balancer: found it without --role frontend, expected both");
  if (role === "frontend" && values.profile !== undefined)
    faults.push("--profile: found it beside --role frontend, expected it with --role http");

  const run: RunOptions = {
    role,
    protocol: protocol ?? "api",
    register,
    balancer,
    host: values.host ?? "127.0.0.1",
    port: numberUpTo("port", 65_535) ?? 8000,
    id: values.id,
    cluster: values.cluster ?? "cluster1",
    profile: values.profile,
    seed: numberUpTo("seed", 2 ** 32 - 1),
  };
  return faults.length === 0 ? succeed({ run }) : fail(...faults);
}

/** `host:port`, an IPv6 address in brackets; undefined when it is none. */
function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

function parseHealth(text: string): Result<Command> {
  const health = parseHealthUrl(text);
  return health === undefined
    ? fail(`--health: found ${JSON.stringify(text)}, expected a URL such as http://127.0.0.1:8000/health`)
    : succeed({ health });
}

/** Undefined for what is no http or https URL, or has a query, a fragment or a user in it. */
function parseHttpUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  const { protocol, search = "", hash = "", username = "" } = url ?? {};
  const isPlain = search === "" && hash === "" && username === "";
  return url !== null && isPlain && (protocol === "http:" || protocol === "https:") ? url : undefined;
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: optionTypes, strict: true, allowPositionals: false }).values;
}
