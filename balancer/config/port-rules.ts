import { describeValue, type Fault, type FieldPath, formatPath, valueAt } from "./fault.ts";
import { listenAddress } from "./scalars.ts";

/** Two that are to listen on one port: listeners, the control channel, the admin server. */
export function portFaults(root: unknown, listeners: readonly FieldPath[]): Fault[] {
  const seen = new Map<string, FieldPath>();
  return [...listeners, ["control"], ["admin"]].flatMap((owner): Fault[] => {
    const path = [...owner, "listen"];
    const parsed = listenAddress.safeParse(valueAt(root, path)).data;
    // Port 0 is another port each time.
    if (parsed === undefined || parsed.port === 0) return [];
    const { hostname, port } = parsed;
    // UDP has ports of its own.
    const transport = valueAt(root, [...owner, "protocol"]) === "udp" ? "udp " : "";
    const identity = `${transport}${hostname}:${port}`;
    const first = seen.get(identity);
    if (first !== undefined)
      return [
        {
          path,
          found: `${describeValue(identity)} a second time`,
          expected: `another address or port (it is that of ${formatPath(first)} too)`,
        },
      ];
    seen.set(identity, owner);
    return [];
  });
}
