import { describeValue, type Fault, type FieldPath, valueAt } from "./fault.ts";

/** What decides which edge serves a listener. */
interface EdgeChoice {
  readonly edge: unknown;
  readonly http2: unknown;
  readonly http3: unknown;
  readonly tls?: unknown;
}

/** What `Bun.serve` itself takes at most. */
export const serveMost = { maxFields: 197, maxHeadBytes: 16_384, maxTargetBytes: 16_384 } as const;

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
  const fault = (key: string, beside: string, expected: string): Fault => ({
    path: [...path, key],
    found: `${describeValue(field(key))} beside ${beside}`,
    expected,
  });
  const tooMuch = Object.entries(serveMost).flatMap(([key, most]) => {
    const value = field(key);
    return typeof value === "number" && value > most
      ? [fault(key, why, `at most ${most}: the serve edge takes no more`)]
      : [];
  });
  const uncounted = ["maxConnections", "maxConnectionsPerClient"]
    .filter((key) => listener.http3 === true && field(key) !== undefined)
    .map((key) => fault(key, "`http3`", "no such key: connections by HTTP/3 can't be counted"));
  const wireAlone =
    field("headTimeout") === undefined
      ? []
      : [fault("headTimeout", why, "no such key: it is for the wire edge alone")];
  return [...wireAlone, ...tooMuch, ...uncounted];
}

/** What of the listener only the serve edge can do; undefined when there is nothing. */
function needsServe({ http2, http3, tls }: EdgeChoice): string | undefined {
  if (http2 === true) return "`http2`";
  if (http3 === true) return "`http3`";
  return Array.isArray(tls) && tls.length > 1 ? "several certificates" : undefined;
}
