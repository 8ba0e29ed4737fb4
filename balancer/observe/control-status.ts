import type { RegisteredPort } from "../control/registered.ts";
import { rounded, type TargetStatus, targetStatus } from "./status.ts";

/** The `control` section of `/status`. */
export interface ControlStatus {
  /** Where servers connect to. */
  readonly listen: string;
  /** Control connections that are open. */
  readonly connections: number;
  /** Ports that are open for clients. */
  readonly ports: readonly PortStatus[];
}

interface PortStatus {
  readonly protocol: string;
  readonly port: number;
  readonly policy: string;
  readonly servers: readonly ServerStatus[];
}

interface ServerStatus extends TargetStatus {
  /** Of its control connection. */
  readonly address: string;
  /** Control connections that have registered it. */
  readonly connections: number;
  /** Average time in ms in which hellos, and checks of its port, are answered; null while none was. */
  readonly probeMs: number | null;
}

/** What there is to tell of a control channel. */
export interface ControlState {
  readonly connectionCount: number;
  readonly ports: readonly RegisteredPort[];
}

/** `listen`: address and port in use. */
export function controlStatus(listen: string, { connectionCount, ports }: ControlState): ControlStatus {
  return {
    listen,
    connections: connectionCount,
    ports: ports.map(({ protocol, port, policy, open, servers }) => ({
      protocol,
      port,
      policy: policy.name,
      servers: [...servers.values()].map(({ address, target, holders }) => ({
        ...targetStatus(open.group, target),
        address,
        connections: [...holders].filter(({ isStandIn }) => !isStandIn).length,
        probeMs: rounded(target.probeLatency.averageMs),
      })),
    })),
  };
}
