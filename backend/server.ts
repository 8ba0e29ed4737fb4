import { listenFault } from "./listen-fault.ts";
import type { Machine } from "./machine/machine.ts";
import { type Result, succeed } from "./result.ts";
import { diagnosticRoutes, echoSockets } from "./routes/diagnostics.ts";
import type { Instance } from "./routes/greeting.ts";
import { greetingRoutes } from "./routes/greeting.ts";
import { healthRoutes } from "./routes/health.ts";
import { noSuchNumber, primeRoutes } from "./routes/prime.ts";

export interface Backend {
  /** Such as `http://127.0.0.1:8000`, without a slash at its end. */
  readonly origin: string;
  /** In use, also where it was left to the system. */
  readonly port: number;
  /** Takes no more connections; settles when all open requests are answered. */
  stop(): Promise<void>;
}

/** Listens on `host` and `port`, 0 for a free one; fails with the system's reason when it can't have that address. */
export function startBackend(
  host: string,
  port: number,
  instance: Instance,
  machine: Machine,
): Result<Backend> {
  try {
    return succeed(listen(host, port, instance, machine));
  } catch (error) {
    return listenFault(host, port, error);
  }
}

function listen(hostname: string, port: number, instance: Instance, machine: Machine): Backend {
  const sockets = echoSockets();
  const server = Bun.serve({
    hostname,
    port,
    // Outside of development Bun shares ports unless told not to.
    reusePort: false,
    development: false,
    // A request may wait in a long queue; when to give up is for the client to say.
    idleTimeout: 0,
    // Bodies are streamed, never held.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    routes: {
      ...greetingRoutes(instance, machine),
      ...healthRoutes(machine),
      ...diagnosticRoutes,
      ...primeRoutes(machine),
    },
    fetch: noSuchNumber,
    websocket: sockets.handler,
  });
  return {
    origin: server.url.origin,
    port: server.port ?? port,
    async stop() {
      const stopped = server.stop();
      sockets.closeAll();
      await stopped;
    },
  };
}
