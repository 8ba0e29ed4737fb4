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
  let values: Values;
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
  return parseRun(values);
}

type Values = ReturnType<typeof parse>;

function parseRun(values: Values): Result<Command> {
  const faults: string[] = [];
  const read = <T>(
    name: "protocol" | "role" | "register" | "balancer" | "port" | "seed",
    parseText: (text: string) => T | undefined,
    expected: string,
  ): T | undefined => {
    const text = values[name];
    const value = text === undefined ? undefined : parseText(text);
    if (text !== undefined && value === undefined)
      faults.push(`--${name}: found ${JSON.stringify(text)}, expected ${expected}`);
    return value;
  };
  const numberUpTo = (name: "port" | "seed", most: number) =>
    read(name, (text) => wholeNumberUpTo(most, text), `a whole number from 0 to ${most}`);
  for (const name of ["host", "id", "cluster", "profile"] as const)
    if (values[name] === "") faults.push(`--${name}: found nothing, expected a text`);
  const protocol = read("protocol", (text) => protocols.find((each) => each === text), protocols.join(", "));
  const givenRole = read("role", (text) => roles.find((each) => each === text), roles.join(", "));
  const role = givenRole ?? (protocol === "udp" ? "echo" : "http");
  const run: RunOptions = {
    role,
    protocol: protocol ?? "api",
    register: read("register", parseAddress, "HOST:PORT such as 10.0.0.1:8081"),
    balancer: read("balancer", parseHttpUrl, "a URL such as http://10.0.1.10:8080"),
    host: values.host ?? "127.0.0.1",
    port: numberUpTo("port", 65_535) ?? 8000,
    id: values.id,
    cluster: values.cluster ?? "cluster1",
    profile: values.profile,
    seed: numberUpTo("seed", 2 ** 32 - 1),
    json: values.json ?? false,
  };
  faults.push(...conflicts(values, role, protocol));
  return faults.length === 0 ? succeed({ run }) : fail(...faults);
}

/** What is wrong between options that are right by themselves. */
function conflicts(values: Values, role: Role, protocol: Protocol | undefined): string[] {
  const faults: string[] = [];
  const isEcho = role === "echo";
  if (isEcho && protocol !== "tcp" && protocol !== "udp")
    faults.push("--role: found echo, expected --protocol tcp or udp beside it");
  if (!isEcho && protocol === "udp")
    faults.push(`--role: found ${role} beside --protocol udp, expected echo`);
  if (!isEcho && protocol !== undefined && values.register === undefined)
    faults.push("--protocol: found it alone, expected --register or --role echo beside it");
  if (role === "frontend" && values.balancer === undefined)
    faults.push("--role: found frontend, expected --balancer beside it");
  if (role !== "frontend" && values.balancer !== undefined)
    faults.push("--balancer: found it without --role frontend, expected both");
  if (role === "frontend" && values.profile !== undefined)
    faults.push("--profile: found it beside --role frontend, expected it with --role http");
  return faults;
}

function wholeNumberUpTo(most: number, text: string): number | undefined {
  const parsed = parseWholeNumber(text);
  return parsed.ok && parsed.value <= most ? parsed.value : undefined;
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
