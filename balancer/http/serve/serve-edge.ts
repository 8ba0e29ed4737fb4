import type { Server } from "bun";
import { edgeOf } from "../../config/edge-rules.ts";
import type { ListenAddress } from "../../config/scalars.ts";
import type { HttpListenerConfig } from "../../config/schema.ts";
import { forgetDatagrams, handOnDatagrams, takeDatagrams } from "../../sockets/datagrams.ts";
import { openOn, ownSocketsOn, stopListening } from "../../sockets/poll.ts";
import { type Certificate, type Edge, type EdgeOptions, lastRequestMs } from "../edge.ts";
import { trustOf } from "../listener-rules.ts";
import { type TunnelSocket, tunnelHandlers } from "../websocket/tunnel.ts";
import { ownAnswer } from "./answer.ts";
import { ConnectionLimits, type ConnectionRules } from "./connection-limits.ts";
import { idleTimeoutSeconds } from "./serve-context.ts";
import { ServeHandler } from "./serve-handler.ts";

/** Serves a listener with `Bun.serve`: HTTP/1.1, and with TLS HTTP/2 and HTTP/3. */
export function startServeEdge(options: EdgeOptions): Edge {
  const { clock, listener, certificates } = options;
  const phase = { isDraining: false, altSvc: altSvcOf(options) };
  let handler = new ServeHandler(options, phase);
  const { port, servers, datagrams } = openServers(options, (request, server) =>
    handler.handle(request, server),
  );
  const limits = new ConnectionLimits(clock, port);
  limits.become(connectionRules(options));
  return {
    port,
    canBecome: (next, nextCertificates) =>
      edgeOf(next) === "serve" &&
      Bun.deepEquals(fixed(next, nextCertificates), fixed(listener, certificates)),
    become(next) {
      handler = new ServeHandler(next, phase);
      if (!phase.isDraining) limits.become(connectionRules(next));
    },
    async drain(isReplaced) {
      phase.isDraining = true;
      limits.stop();
      for (const { fd } of servers) if (fd !== undefined) stopListening(fd);
      await new Promise<void>((resolve) => clock.after(lastRequestMs, resolve));
      const stopped = Promise.all(servers.map(({ server }) => server.stop(false)));
      // Connections by HTTP/3 have been told to go, and can still be written to.
      if (isReplaced) for (const fd of datagrams) handOnDatagrams(fd);
      await stopped;
    },
    async stop() {
      limits.stop();
      // By their numbers there may be others when a drain goes on.
      for (const fd of datagrams.splice(0)) forgetDatagrams(fd);
      await Promise.all(servers.map(({ server }) => server.stop(true)));
    },
  };
}

function connectionRules({ listener, limits }: EdgeOptions): ConnectionRules {
  return {
    maxConnections: listener.maxConnections,
    perClient: limits?.connections,
    isTrusted: trustOf(listener),
  };
}

/** Bun names the port that it has opened: of a socket that is taken over it is another one. */
function altSvcOf({ listener: { http3, listen }, held }: EdgeOptions): string | undefined {
  const isTakenOver = held !== undefined && held("tcp", listen).length > 0;
  return http3 && isTakenOver ? `h3=":${listen.port}"; ma=86400` : undefined;
}

/** Opens as many servers as there are sockets to be taken over, or one. */
function openServers(options: EdgeOptions, fetch: ServeHandler["handle"]) {
  const { listener, held, reusePort = false } = options;
  const { listen, http3 } = listener;
  const sockets = held?.("tcp", listen) ?? [];
  const heldDatagrams = http3 ? [...(held?.("udp", listen) ?? [])] : [];
  const datagrams: number[] = [];
  const servers = openOn(
    listen,
    sockets,
    (at) => {
      const server = startServer(at, options, fetch);
      if (!http3 || sockets.length === 0) return server;
      try {
        const taken = takeDatagrams(server.port ?? 0, listen, heldDatagrams.shift(), reusePort);
        if (taken !== undefined) datagrams.push(taken);
      } catch (error) {
        void server.stop(true);
        throw error;
      }
      return server;
    },
    ({ port = 0 }) => port,
  );
  const port = sockets.length > 0 ? listen.port : (servers[0]?.server.port ?? listen.port);
  if (http3 && sockets.length === 0) datagrams.push(...ownSocketsOn("udp", { ...listen, port }));
  return { port, servers, datagrams };
}

/** What `Bun.serve` takes at its start alone. */
function fixed(listener: HttpListenerConfig, certificates: readonly Certificate[]) {
  const { http2, http3, idleTimeout } = listener;
  return { http2, http3, maxBodyBytes: maxBodyBytes(listener), idleTimeout, certificates };
}

/** Above which Bun refuses by itself. Over HTTP/2 it resets the stream then, before clients have read its 413. */
function maxBodyBytes({ http2, http3, maxBodyBytes }: HttpListenerConfig): number {
  return http2 || http3 ? Number.MAX_SAFE_INTEGER : maxBodyBytes;
}

function startServer(
  { hostname, port }: ListenAddress,
  options: EdgeOptions,
  fetch: ServeHandler["handle"],
): Server<TunnelSocket> {
  const { listener, certificates } = options;
  return Bun.serve<TunnelSocket>({
    hostname,
    port,
    reusePort: options.reusePort ?? false,
    development: false,
    idleTimeout: idleTimeoutSeconds(listener),
    maxRequestBodySize: maxBodyBytes(listener),
    ...(certificates.length > 0 && {
      tls: certificates.map(({ cert, key, serverName }) => ({
        cert,
        key,
        ...(serverName !== undefined && { serverName }),
      })),
      http2: listener.http2,
      http3: listener.http3,
    }),
    fetch,
    websocket: tunnelHandlers,
    error(error) {
      // Not reached by any known path: a bug of ours, which must not take the connection with it in silence.
      console.error(`listener ${listener.name}:`, error);
      return ownAnswer(500, "internal error");
    },
  });
}
