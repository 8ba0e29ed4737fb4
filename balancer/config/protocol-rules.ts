import { describeValue, type Fault, type FieldPath, valueAt } from "./fault.ts";
import type { GroupConfig } from "./schema.ts";

/** What a group's targets speak; http stands for https as well. */
export type Protocol = "http" | "tcp" | "udp";

/** What the target with this URL speaks. */
export function protocolOf(url: string): Protocol {
  return url.startsWith("tcp:") ? "tcp" : url.startsWith("udp:") ? "udp" : "http";
}

/** What a group's targets speak, those that discovery finds included. */
export function groupProtocolOf({
  targets,
  discovery,
}: Pick<GroupConfig, "targets" | "discovery">): Protocol {
  return protocolOf(targets[0]?.url ?? `${discovery?.scheme}:`);
}

/** Keys of a group that mean something for these protocols alone. */
const keysOf: Readonly<Record<string, readonly Protocol[]>> = {
  tls: ["http"],
  responseTimeout: ["http"],
  bodyTimeout: ["http"],
  retries: ["http"],
  retry: ["http"],
  hedge: ["http"],
  sticky: ["http"],
  maxRequests: ["http"],
  concurrency: ["http"],
  maxInGroup: ["http", "tcp"],
  connectTimeout: ["http", "tcp"],
  idleTimeout: ["http"],
  maxConnections: ["http", "tcp"],
  maxQueue: ["http", "tcp"],
  queueTimeout: ["http", "tcp"],
  sendProxyProtocol: ["tcp"],
  closeOnRemove: ["tcp"],
};

/** The listener's fault when its group's targets speak something else; `path` is where the group is named. */
export function protocolFault(
  root: unknown,
  listener: FieldPath,
  path: FieldPath,
  group: string,
): Fault | undefined {
  const wanted = valueAt(root, [...listener, "protocol"]);
  const actual = groupProtocol(root, ["groups", group]);
  const isKnown = wanted === "http" || wanted === "tcp" || wanted === "udp";
  if (!isKnown || actual === undefined || actual === wanted) return undefined;
  return {
    path,
    found: `${describeValue(group)}, whose targets speak ${actual}`,
    expected: `a group with ${wanted}:// targets`,
  };
}

/** A group's targets speak one protocol, and it has only what that knows. */
export function groupProtocolFaults(root: unknown, path: FieldPath): Fault[] {
  const protocol = groupProtocol(root, path);
  if (protocol === undefined) return [];
  const odd = discoveryFaults(root, path, protocol);
  const others = targetUrls(root, path).flatMap((url, index): Fault[] =>
    url === undefined || protocolOf(url) === protocol
      ? []
      : [
          {
            path: [...path, "targets", index, "url"],
            found: describeValue(url),
            expected: `${protocol}:// as the first target of the group has`,
          },
        ],
  );
  const keys = Object.entries(keysOf)
    .filter(
      ([key, protocols]) => !protocols.includes(protocol) && valueAt(root, [...path, key]) !== undefined,
    )
    .map(([key, protocols]) => onlyFor(root, [...path, key], protocol, protocols));
  return [
    ...odd,
    ...others,
    ...keys,
    ...(protocol === "http" ? [] : streamGroupFaults(root, path, protocol)),
  ];
}

/** What a tcp listener can't be asked for. */
export function tcpListenerFaults(root: unknown, path: FieldPath): Fault[] {
  const faults: Fault[] = [];
  const certificates = valueAt(root, [...path, "tls"]);
  if (Array.isArray(certificates) && certificates.length > 1)
    faults.push({ path: [...path, "tls"], found: `${certificates.length} certificates`, expected: "one" });
  const accepts = [...path, "acceptProxyProtocol"];
  const trusted = [...path, "trustedProxies"];
  if (valueAt(root, trusted) !== undefined && valueAt(root, accepts) !== true)
    faults.push({
      path: trusted,
      found: `${describeValue(valueAt(root, trusted))} without \`acceptProxyProtocol\``,
      expected: "`acceptProxyProtocol` true beside it",
    });
  return faults;
}

/** Nothing can be asked of targets that speak no HTTP. */
function streamGroupFaults(root: unknown, path: FieldPath, protocol: Protocol): Fault[] {
  const faults: Fault[] = [];
  const healthPath = [...path, "health", "path"];
  if (valueAt(root, healthPath) !== undefined) faults.push(onlyFor(root, healthPath, protocol, ["http"]));
  const policy = [...path, "policy"];
  const name = valueAt(root, [...policy, "name"]);
  const on = valueAt(root, [...policy, "on"]);
  if (name === "least-load")
    faults.push({
      path: policy,
      found: `"least-load" beside ${protocol} targets`,
      expected: "another policy: only http targets tell their load",
    });
  if (name === "hash" && on !== undefined && on !== "ip" && on !== "hash")
    faults.push({
      path: [...policy, "on"],
      found: `${describeValue(on)} beside ${protocol} targets`,
      expected: '"ip"',
    });
  return faults;
}

function onlyFor(root: unknown, path: FieldPath, protocol: Protocol, protocols: readonly Protocol[]): Fault {
  return {
    path,
    found: `${describeValue(valueAt(root, path))} beside ${protocol} targets`,
    expected: `no such key: it is for ${protocols.join(" and ")} targets alone`,
  };
}

/** Targets that are found speak what those beside them do. */
function discoveryFaults(root: unknown, path: FieldPath, protocol: Protocol): Fault[] {
  const scheme = foundScheme(root, path);
  if (scheme === undefined || protocolOf(`${scheme}:`) === protocol) return [];
  const expected = `"${protocol}" as the group's targets have`;
  return [{ path: [...path, "discovery", "scheme"], found: describeValue(scheme), expected }];
}

/** That of the first target, or of those that discovery finds. */
function groupProtocol(root: unknown, path: FieldPath): Protocol | undefined {
  const url = targetUrls(root, path)[0] ?? foundScheme(root, path)?.concat(":");
  return url === undefined ? undefined : protocolOf(url);
}

function foundScheme(root: unknown, path: FieldPath): string | undefined {
  const discovery = valueAt(root, [...path, "discovery"]);
  if (typeof discovery !== "object" || discovery === null) return undefined;
  const scheme = valueAt(discovery, ["scheme"]) ?? "http";
  return typeof scheme === "string" ? scheme : undefined;
}

function targetUrls(root: unknown, path: FieldPath): (string | undefined)[] {
  const targets = valueAt(root, [...path, "targets"]);
  if (!Array.isArray(targets)) return [];
  return targets.map((_, index) => {
    const url = valueAt(root, [...path, "targets", index, "url"]);
    return typeof url === "string" ? url : undefined;
  });
}
