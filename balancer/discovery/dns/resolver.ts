import { hostPort } from "../../host-port.ts";
import type { DnsRecord, RecordType } from "./message.ts";
import { type ResolverConfig, wholeNames } from "./resolv-conf.ts";
import { askServer } from "./transport.ts";

/** What a name stands for. */
export interface Resolved {
  readonly answers: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
}

const noError = 0;
const noSuchName = 3;
const rcodeNames: Readonly<Record<number, string>> = {
  1: "FORMERR: the server can't read the question",
  2: "SERVFAIL: the server could not find out",
  3: "NXDOMAIN: no such name",
  4: "NOTIMP: the server does not know such questions",
  5: "REFUSED: the server does not answer us",
};

/** Asks the servers in turn until one knows, for each name that is meant; a text is the fault, for people. */
export async function resolve(
  config: ResolverConfig,
  name: string,
  type: RecordType,
  signal: AbortSignal,
): Promise<Resolved | string> {
  let known: Resolved | string = "no name to ask for";
  for (const whole of wholeNames(name, config)) {
    const answer = await resolveWhole(config, whole, type, signal);
    if (typeof answer !== "string" && answer.answers.some(({ data }) => data.type === type)) return answer;
    // That the name exists without such a record says more than that another does not exist.
    if (typeof known === "string") known = answer;
  }
  return known;
}

async function resolveWhole(
  { servers }: ResolverConfig,
  name: string,
  type: RecordType,
  signal: AbortSignal,
): Promise<Resolved | string> {
  const faults: string[] = [];
  for (const server of servers) {
    const reply = await askServer(server, name, type, signal);
    const fault = typeof reply === "string" ? reply : rcodeFault(reply.rcode);
    if (typeof reply !== "string" && fault === undefined) return reply;
    const { hostname, port } = server;
    faults.push(`${type} of ${name} at ${hostPort(hostname, port)}: ${fault}`);
    // The others would say the same.
    if (typeof reply !== "string" && reply.rcode === noSuchName) break;
    if (signal.aborted) break;
  }
  return faults.join("; ");
}

function rcodeFault(rcode: number): string | undefined {
  return rcode === noError ? undefined : (rcodeNames[rcode] ?? `error ${rcode}`);
}
