import { describeValue, type Fault, type FieldPath, valueAt } from "./fault.ts";

/** What decides which edge serves a listener. */
interface EdgeChoice {
  readonly edge: unknown;
  readonly http2: unknown;
  readonly http3: unknown;
  readonly tls?: unknown;
}

/** What only the wire edge can be told. */
const wireKeys = [
  "maxConnections",
  "maxConnectionsPerClient",
  "headTimeout",
  "maxFields",
  "maxHeadBytes",
  "maxTargetBytes",
];

/**
 * The edge that serves a listener: wire where it can do all that is asked for, serve otherwise.
 * Why there are two: docs/decisions/two-edges.md.
 */
export function edgeOf(listener: EdgeChoice): "wire" | "serve" {
  if (listener.edge === "wire" || listener.edge === "serve") return listener.edge;
  return needsServe(listener) === undefined ? "wire" : "serve";
}

/** Faults of a listener that asks an edge for what it can't do; looks at the JSON as it stands. */
export function edgeFaults(root: unknown, path: FieldPath): Fault[] {
  const field = (name: string) => valueAt(root, [...path, name]);
  const listener = { edge: field("edge"), http2: field("http2"), http3: field("http3"), tls: field("tls") };
  const needed = needsServe(listener);
  if (listener.edge === "wire" && needed !== undefined)
    return [{ path: [...path, "edge"], found: `"wire" beside ${needed}`, expected: `"serve" or "auto"` }];
  if (edgeOf(listener) === "wire") return [];
  const why = needed ?? '`edge` "serve"';
  return wireKeys
    .filter((key) => field(key) !== undefined)
    .map((key) => ({
      path: [...path, key],
      found: `${describeValue(field(key))} beside ${why}`,
      expected: "no such key: it is for the wire edge alone",
    }));
}

/** What of the listener only the serve edge can do; undefined when there is nothing. */
function needsServe({ http2, http3, tls }: EdgeChoice): string | undefined {
  if (http2 === true) return "`http2`";
  if (http3 === true) return "`http3`";
  return Array.isArray(tls) && tls.length > 1 ? "several certificates" : undefined;
}
