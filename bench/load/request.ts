import type { Endpoint } from "./connection.ts";
import type { LoadPlan } from "./plan.ts";

/** Where a plan's connections go. */
export function endpointOf(plan: LoadPlan): Endpoint {
  const url = new URL(plan.url);
  const tls = url.protocol === "https:";
  return {
    // A URL writes IPv6 addresses in brackets, a socket wants them without.
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (tls ? 443 : 80) : Number(url.port),
    tls,
    insecureTls: plan.insecureTls,
    connectTimeoutMs: plan.connectTimeoutMs,
  };
}

/** The bytes of the one request that a plan sends. Throws a `TypeError` for header fields that are none. */
export function encodeRequest(plan: LoadPlan, headers: Readonly<Record<string, string>>): Uint8Array {
  const url = new URL(plan.url);
  const fields = new Headers({
    host: url.host,
    accept: "application/json",
    "user-agent": "ballast-bench",
    ...headers,
  });
  const lines = [...fields].map(([name, value]) => `${name}: ${value}\r\n`);
  return new TextEncoder().encode(
    `${plan.method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n`,
  );
}
