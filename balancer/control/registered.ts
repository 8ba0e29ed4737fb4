import type { Target } from "../cluster/target.ts";
import type { PolicyConfig } from "../policy/options.ts";
import type { PortName } from "./message.ts";
import type { OpenPort } from "./port.ts";

/** Who has registered a server: a control connection, or one that the process before this one had. */
export interface Holder {
  /** Of the servers that it registers. */
  readonly address: string;
  /** It stands in for a connection that is to come. */
  readonly isStandIn: boolean;
}

/** A server of a port. */
export interface RegisteredServer {
  readonly address: string;
  readonly target: Target;
  /** Who has registered it: it stays until the last of them is gone. */
  readonly holders: ReadonlySet<Holder>;
}

/** A port that servers have registered. */
export interface RegisteredPort extends PortName {
  /** The address that it is bound to. */
  readonly bind: string;
  readonly policy: PolicyConfig;
  readonly open: OpenPort;
  /** By address. */
  readonly servers: ReadonlyMap<string, RegisteredServer>;
}

/** A port as it goes to the process that takes this one's place. */
export interface LeftPort extends PortName {
  readonly bind: string;
  readonly policy: PolicyConfig["name"];
  readonly servers: readonly { readonly address: string; readonly id: string; readonly weight: number }[];
}

export function leftPorts(ports: readonly RegisteredPort[]): LeftPort[] {
  return ports.map(({ protocol, port, bind, policy, servers }) => ({
    protocol,
    port,
    bind,
    policy: policy.name,
    servers: [...servers.values()].map(({ address, target: { id, weight } }) => ({ address, id, weight })),
  }));
}
