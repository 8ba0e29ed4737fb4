import type { Target } from "../cluster/target.ts";
import type { PolicyConfig } from "../policy/options.ts";
import type { PortName } from "./message.ts";
import type { OpenPort } from "./port.ts";

/** Who has registered a server: a control connection. */
export interface Holder {
  /** Of the servers that it registers. */
  readonly address: string;
}

/** A server of a port. */
export interface RegisteredServer {
  readonly address: string;
  readonly target: Target;
  /** Connections that have registered it: it stays until the last of them is gone. */
  readonly holders: ReadonlySet<Holder>;
}

/** A port that servers have registered. */
export interface RegisteredPort extends PortName {
  readonly policy: PolicyConfig;
  readonly open: OpenPort;
  /** By address. */
  readonly servers: ReadonlyMap<string, RegisteredServer>;
}
