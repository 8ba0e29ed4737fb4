import type { Group } from "../cluster/group.ts";
import type { StateListener } from "../cluster/health.ts";
import type { Target } from "../cluster/target.ts";
import type { TargetConfig } from "../config/schema.ts";
import { hostPort } from "../host-port.ts";
import type { PolicyConfig } from "../policy/options.ts";
import type { ControlProtocol, PortName } from "./message.ts";

/** A port to be opened for clients. */
export interface PortRequest extends PortName {
  /** The address to bind it to. */
  readonly bind: string;
  /** For logs; no other open port has it. */
  readonly label: string;
  readonly policy: PolicyConfig;
  /** Told of every change of a server's state. */
  readonly onStateChange: StateListener;
}

/** A port that is open for clients, whatever protocol it speaks. */
export interface OpenPort {
  /** Its servers. */
  readonly group: Group;
  /** Clients are relayed to the server too from now on. */
  add(server: TargetConfig): Target;
  /** Gives the server no more clients; those that it has may finish. */
  remove(target: Target): void;
  /** Frees the port at once; resolves when the clients that it has are done. */
  drain(): Promise<void>;
  /** Ends at once, whatever is open; also after {@link drain}. */
  stop(): Promise<void>;
}

export type Opened =
  | { readonly ok: true; readonly port: OpenPort }
  /** The system's reason, a line for people. */
  | { readonly ok: false; readonly fault: string };

/** Opens ports: what the channel is given by whoever knows relays and edges. */
export type PortOpener = (request: PortRequest) => Promise<Opened>;

/** Such as `tcp/80`. */
export function labelOf({ protocol, port }: PortName): string {
  return `${protocol}/${port}`;
}

const schemes: Readonly<Record<ControlProtocol, string>> = { tcp: "tcp", udp: "udp", api: "http" };

/** The URL of a server for the port. */
export function serverUrl({ protocol, port }: PortName, address: string): string {
  return `${schemes[protocol]}://${hostPort(address, port)}`;
}
