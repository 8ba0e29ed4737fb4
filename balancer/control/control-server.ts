import type { Socket } from "bun";
import type { Clock } from "../cluster/clock.ts";
import type { ControlConfig } from "../config/control-schema.ts";
import type { ListenAddress } from "../config/scalars.ts";
import { type HeldSockets, openOn } from "../sockets/poll.ts";
import { listenFault } from "../transport/listen-fault.ts";
import { addressCheck, plainAddress } from "./access.ts";
import { adopt } from "./adopt.ts";
import { ControlConnection } from "./connection.ts";
import type { PortOpener } from "./port.ts";
import type { LeftPort, RegisteredPort } from "./registered.ts";
import { Registry } from "./registry.ts";
import { StateTable } from "./state-table.ts";

/** A running control channel. */
export interface ControlServer {
  /** In use, also where the config left it to the system. */
  readonly port: number;
  /** Control connections that are open. */
  readonly connectionCount: number;
  /** What servers have registered, as it is now. */
  readonly ports: readonly RegisteredPort[];
  /** Gets ready to listen as the config says; throws with a clear message, nothing changed, when it can't. */
  prepare(next: ControlConfig): PreparedControl;
  /** Opens the ports that a process before this one had open; resolves when that is done. */
  adopt(ports: readonly LeftPort[]): Promise<void>;
  /** Takes no new servers and no new clients; resolves when the clients of all ports are done. */
  drain(): Promise<void>;
  /** Ends at once, whatever is open. */
  stop(): Promise<void>;
}

/** What another config asks of the channel, open and not in force. */
export interface PreparedControl {
  /** Goes by it from now on: connections and what they have registered stay, whoever might not register it any more. */
  commit(): void;
  abandon(): void;
}

export interface ControlOptions {
  readonly clock: Clock;
  readonly config: ControlConfig;
  readonly openPort: PortOpener;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** Sockets that are open already, to be listened on instead of a new one. */
  readonly held?: HeldSockets | undefined;
}

/** Lets servers announce themselves; throws with a clear message when it can't listen. */
export function startControl({ clock, config, openPort, log, held }: ControlOptions): ControlServer {
  const connections = new Set<ControlConnection>();
  const table = new StateTable(clock, log, () => registry.ports);
  const registry = new Registry(config, clock, openPort, (line) => table.changed(line));
  let rules = config;
  let isAllowed = addressCheck(config);
  const context = {
    clock,
    registry,
    get rules() {
      return rules;
    },
    isAllowed: (address: string) => isAllowed(address),
    onOver: (connection: ControlConnection) => void connections.delete(connection),
  };

  const accept = (socket: Socket<ControlConnection | undefined>) => {
    const address = plainAddress(socket.remoteAddress);
    const connection = new ControlConnection(socket, address, context);
    connections.add(connection);
    socket.data = connection;
    if (!isAllowed(address)) {
      const msg = `found a connection from ${address}, expected one from a network that may register`;
      connection.close("not allowed", { ack: "failed", msg });
    } else if (connections.size > rules.maxConnections) {
      const msg = `found ${rules.maxConnections} control connections open, expected fewer`;
      connection.close("too many connections", { ack: "failed", msg });
    }
  };
  let listening = listen(config.listen, held?.("tcp", config.listen) ?? [], accept, log);

  return {
    get port() {
      return listening.port;
    },
    get connectionCount() {
      return connections.size;
    },
    get ports() {
      return registry.ports;
    },
    prepare(next) {
      const { hostname, port } = next.listen;
      const stays = hostname === rules.listen.hostname && (port === 0 || port === listening.port);
      const other = stays ? undefined : listen(next.listen, [], accept, log);
      return {
        commit() {
          if (other !== undefined) {
            listening.stop();
            listening = other;
          }
          const isRetimed = next.hello !== rules.hello || next.timeout !== rules.timeout;
          rules = next;
          isAllowed = addressCheck(next);
          registry.become(next);
          // Only then: who reloads all the time would put hellos off without end.
          if (isRetimed) for (const connection of connections) connection.retime();
        },
        abandon: () => other?.stop(),
      };
    },
    async adopt(ports) {
      const known = ports.flatMap(({ servers, ...port }) => {
        const allowed = servers.filter(({ address }) => isAllowed(address));
        return allowed.length > 0 ? [{ ...port, servers: allowed }] : [];
      });
      const takeOut = await adopt(registry, known, (line) => table.changed(line));
      clock.after(rules.registerTimeout, takeOut);
    },
    async drain() {
      listening.stop();
      const drained = registry.drain();
      // At once: whoever takes this one's place knows their servers when they have registered there.
      closeAll();
      await drained;
    },
    async stop() {
      listening.stop();
      await registry.stop();
      closeAll();
    },
  };

  function closeAll(): void {
    for (const connection of connections) connection.close("the balancer ends");
    table.stop();
  }
}

function listen(
  address: ListenAddress,
  sockets: readonly number[],
  accept: (socket: Socket<ControlConnection | undefined>) => void,
  log: (line: string) => void,
) {
  const open = (at: ListenAddress) =>
    Bun.listen<ControlConnection | undefined>({
      ...at,
      // What a server has sent before it ended is still answered.
      allowHalfOpen: true,
      socket: {
        open: accept,
        data: (socket, bytes) => socket.data?.onData(bytes),
        drain: (socket) => socket.data?.onDrain(),
        end: (socket) => socket.data?.onEnd(),
        close: (socket) => socket.data?.onClose(),
        // A broken connection is also closed. What a handler throws has no code: it is a bug of ours, which must cost
        // its own connection alone, but not in silence.
        error(socket, error) {
          if ("code" in error) return;
          log(`control: a connection's handler failed: ${error.stack ?? error.message}`);
          socket.terminate();
        },
      },
    });
  try {
    const opened = openOn(address, sockets, open, ({ port }) => port);
    return {
      port: sockets.length > 0 ? address.port : (opened[0]?.server.port ?? address.port),
      stop() {
        for (const { server } of opened) server.stop();
      },
    };
  } catch (error) {
    throw listenFault("control", address, error);
  }
}
