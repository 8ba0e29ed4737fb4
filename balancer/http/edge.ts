import type { Clock } from "../cluster/clock.ts";
import type { Random } from "../cluster/random.ts";
import type { HttpListenerConfig } from "../config/schema.ts";
import type { ClientLimits } from "../limits/client-limits.ts";
import type { RequestRecorder } from "../observe/request-recorder.ts";
import type { HeldSockets } from "../sockets/poll.ts";
import type { ChallengeAnswers } from "./acme-challenge.ts";
import type { Service } from "./service/service.ts";

/** Certificate and key as PEM text. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** The name clients ask for; undefined for the one that serves all others. */
  readonly serverName: string | undefined;
}

/** What an edge is given to serve one listener. */
export interface EdgeOptions {
  readonly clock: Clock;
  readonly listener: HttpListenerConfig;
  readonly certificates: readonly Certificate[];
  /** By group name; holds every group that the listener's routes name. */
  readonly services: ReadonlyMap<string, Service>;
  /** Told of every request that is over. */
  readonly recorder: RequestRecorder;
  /** The body of the answer at the listener's `status` path. */
  readonly statusDocument: () => object;
  /** What each client's address may do; none shares it with other threads when left out. */
  readonly limits?: ClientLimits;
  /** What authorities ask here before they give a certificate; left out where they don't. */
  readonly challenges?: ChallengeAnswers | undefined;
  /** For routes that draw; the system's when left out. */
  readonly random?: Random;
  /** Whether other threads listen on the same port too; false when left out. */
  readonly reusePort?: boolean;
  /** Sockets that are open already, to be listened on instead of a new one. */
  readonly held?: HeldSockets | undefined;
}

/**
 * When no more connections are taken, clients have so long to send what they were about to on open ones. To close those at
 * once would cross with it, and look like a fault.
 */
export const lastRequestMs = 500;

/** Faces the clients of one listener; the implementations are interchangeable for HTTP/1.1. */
export interface Edge {
  /** The port in use, also where the config left it to the system. */
  readonly port: number;
  /** Whether it can serve by this config as it is; otherwise another has to take its place. */
  canBecome(listener: HttpListenerConfig, certificates: readonly Certificate[]): boolean;
  /** Serves by these options from the next request on, also on connections that are open. */
  become(options: EdgeOptions): void;
  /** Takes no new connections; resolves when every open request has been answered. `isReplaced`: another has its sockets too. */
  drain(isReplaced?: boolean): Promise<void>;
  /** Ends at once, whatever is open. */
  stop(): Promise<void>;
}
