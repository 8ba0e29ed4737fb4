import type { Socket } from "bun";
import type { Clock } from "../cluster/clock.ts";
import type { ControlConfig } from "../config/control-schema.ts";
import type { ListenAddress } from "../config/scalars.ts";
import { type HeldSockets, openOn } from "../sockets/poll.ts";
import { addressCheck, plainAddress } from "./access.ts";
import { ControlConnection } from "./connection.ts";
import type { PortOpener } from "./port.ts";
import type { RegisteredPort } from "./registered.ts";
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
  /** Takes no new servers and no new clients; resolves when the clients of all ports are done. */
  drain(): Promise<void>;
  /** Ends at once, whatever is open. */
  stop(): Promise<void>;
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
  const mayConnect = addressCheck(config);
  const context = {
    clock,
    rules: config,
    registry,
    onOver: (connection: ControlConnection) => void connections.delete(connection),
  };

  const accept = (socket: Socket<ControlConnection | undefined>) => {
    const address = plainAddress(socket.remoteAddress);
    const connection = new ControlConnection(socket, address, context);
    connections.add(connection);
    socket.data = connection;
    if (!mayConnect(address)) {
      const msg = `found a connection from ${address}, expected one from a network that may register`;
      connection.close("not allowed", { ack: "failed", msg });
    } else if (connections.size > config.maxConnections) {
      const msg = `found ${config.maxConnections} control connections open, expected fewer`;
      connection.close("too many connections", { ack: "failed", msg });
    }
  };
  const sockets = held?.("tcp", config.listen) ?? [];
  const listening = listen(config, sockets, accept, log);
  const stopListening = () => {
    for (const { server } of listening) server.stop();
  };

  return {
    port: sockets.length > 0 ? config.listen.port : (listening[0]?.server.port ?? config.listen.port),
    get connectionCount() {
      return connections.size;
    },
    get ports() {
      return registry.ports;
    },
    async drain() {
      stopListening();
      await registry.drain();
      closeAll();
    },
    async stop() {
      stopListening();
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
  { listen: address }: ControlConfig,
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
    return openOn(address, sockets, open, ({ port }) => port);
  } catch (error) {
    const { hostname, port } = address;
    throw new Error(`control: can't listen on ${hostname}:${port}: ${(error as Error).message}`);
  }
}
