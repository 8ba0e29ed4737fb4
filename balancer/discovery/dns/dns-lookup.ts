import { readFile } from "node:fs/promises";
import type { DnsDiscoveryConfig } from "../../config/discovery-schema.ts";
import type { TargetConfig } from "../../config/schema.ts";
import type { Lookup, LookupResult } from "../lookup.ts";
import type { DnsRecord, RecordType, ServiceRecord } from "./message.ts";
import { parseResolvConf, type ResolverConfig } from "./resolv-conf.ts";
import { type Resolved, resolve } from "./resolver.ts";

/** Asks for one name. Why with its own client: docs/decisions/dns-client.md. */
export function dnsLookup(config: DnsDiscoveryConfig): Lookup {
  const { name, type, scheme, port } = config;
  return async (signal) => {
    const servers = await resolverOf(config);
    const resolved = await resolve(servers, name, type, signal);
    if (typeof resolved === "string") return { kind: "failed", fault: resolved };
    if (type === "SRV")
      return serviceTargets(resolved, scheme, (host, kind) => resolve(servers, `${host}.`, kind, signal));
    if (port === undefined) throw new Error("addresses without a port; the config was not checked");
    const targets = addressesIn(resolved.answers).map((address) => targetAt(scheme, address, port, 1));
    return { kind: "found", targets: distinct(targets), faults: [], ...validity(resolved.answers) };
  };
}

async function resolverOf({ resolver }: DnsDiscoveryConfig): Promise<ResolverConfig> {
  if (resolver !== undefined) return { servers: [resolver], search: [], ndots: 0 };
  // A machine without the file has a server of its own: resolv.conf(5).
  return parseResolvConf(await readFile("/etc/resolv.conf", "utf8").catch(() => ""));
}

/** Each service (RFC 2782) at every address of its host. */
async function serviceTargets(
  { answers, additional }: Resolved,
  scheme: string,
  ask: (host: string, type: RecordType) => Promise<Resolved | string>,
): Promise<LookupResult> {
  const services = answers.flatMap(({ data }) => (data.type === "SRV" ? [data.service] : []));
  const wanted = services.filter(({ host }) => host !== "");
  const used: DnsRecord[] = [...answers];
  const faults: string[] = [];
  const addresses = new Map<string, readonly string[]>();
  for (const host of new Set(wanted.map((service) => service.host))) {
    const given = additional.filter(({ name }) => name === host);
    const records = addressesIn(given).length > 0 ? given : await addressRecords(host, ask);
    if (typeof records === "string") {
      faults.push(records);
      continue;
    }
    used.push(...records);
    const four = addressesIn(records.filter(({ data }) => data.type === "A"));
    addresses.set(host, four.length > 0 ? four : addressesIn(records));
  }
  const targets = wanted.flatMap(({ host, port, weight, priority }: ServiceRecord) =>
    // 0 is for "a very small chance" beside others, and 1 is as little as there is.
    (addresses.get(host) ?? []).map((address) => ({
      ...targetAt(scheme, address, port, Math.max(weight, 1)),
      priority,
    })),
  );
  return { kind: "found", targets: distinct(targets), faults, ...validity(used) };
}

/** IPv4 where the host has it, IPv6 where not; a text is the fault. */
async function addressRecords(
  host: string,
  ask: (host: string, type: RecordType) => Promise<Resolved | string>,
): Promise<readonly DnsRecord[] | string> {
  const four = await ask(host, "A");
  if (typeof four !== "string" && addressesIn(four.answers).length > 0) return four.answers;
  const six = await ask(host, "AAAA");
  if (typeof six !== "string" && addressesIn(six.answers).length > 0) return six.answers;
  const fault = [four, six].find((answer) => typeof answer === "string");
  return fault ?? `${host} has no address`;
}

function addressesIn(records: readonly DnsRecord[]): string[] {
  return records.flatMap(({ data }) => (data.type === "A" || data.type === "AAAA" ? [data.address] : []));
}

function targetAt(scheme: string, address: string, port: number, weight: number): TargetConfig {
  return { id: `${address}:${port}`, url: `${scheme}://${address}:${port}`, weight };
}

function distinct(targets: readonly TargetConfig[]): TargetConfig[] {
  return [...new Map(targets.map((target) => [target.id, target])).values()];
}

/** As long as the first of the records, aliases on the way included. */
function validity(records: readonly DnsRecord[]): { readonly validForMs?: number } {
  if (records.length === 0) return {};
  return { validForMs: 1000 * Math.min(...records.map(({ ttlSeconds }) => ttlSeconds)) };
}
