import { parseArgs } from "node:util";
import { parseHealthUrl } from "../containers/health-question.ts";
import { options, type Protocol, protocols, type Role, roles } from "./command-line.ts";
import { parseWholeNumber } from "./prime/whole-number.ts";
import { fail, type Result, succeed } from "./result.ts";

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
  /** Say where it listens in JSON. */
  readonly json: boolean;
}

export type Command =
  | { readonly run: RunOptions }
  /** Ask there how a running backend is. */
  | { readonly health: URL }
  | { readonly print: "help" | "version" };

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
  const protocol = oneOf("protocol", protocols);
  const role = oneOf("role", roles) ?? (protocol === "udp" ? "echo" : "http");
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
    json: values.json ?? false,
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
  return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
}
