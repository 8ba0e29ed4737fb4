import type { AdminConfig } from "../config/admin-schema.ts";
import { hostPort } from "../host-port.ts";
import { type HeldSockets, openOn } from "../sockets/poll.ts";
import { listenFault } from "../transport/listen-fault.ts";
import dashboard from "./dashboard/page/index.html";
import { Guard } from "./guard.ts";
import { type AdminRoute, matchRoute } from "./route.ts";

const maxBodyBytes = 8 * 1024 * 1024;
/** The longest that `Bun.serve` takes: streams of events may be quiet for a while. */
const idleTimeoutSeconds = 255;

export interface AdminServerOptions {
  readonly config: AdminConfig;
  readonly routes: readonly AdminRoute[];
  /** Told of everyone who may not change what was to be changed. */
  readonly onDenied: (peer: string, action: string, reason: string) => void;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** Sockets that are open already, to be listened on instead of a new one. */
  readonly held?: HeldSockets | undefined;
}

export interface AdminServer {
  /** Such as `http://127.0.0.1:9900`, with the port in use. */
  readonly url: string;
  /** Closes at once. */
  stop(): Promise<void>;
}

/** Serves the dashboard and the table of routes to operators; throws with a clear message when it can't listen. */
export function startAdminServer({ config, routes, onDenied, log, held }: AdminServerOptions): AdminServer {
  const { hostname, port } = config.listen;
  const guard = new Guard(config);
  try {
    const sockets = held?.("tcp", config.listen) ?? [];
    const servers = openOn(
      config.listen,
      sockets,
      (at) =>
        Bun.serve({
          ...at,
          // Outside of development Bun shares ports unless told not to.
          reusePort: false,
          development: false,
          idleTimeout: idleTimeoutSeconds,
          maxRequestBodySize: maxBodyBytes,
          // Open to all who reach the port: it holds nothing of this balancer, and asks for that with the token.
          routes: { "/": dashboard },
          fetch: (request, server) =>
            answer(request, server.requestIP(request)?.address ?? "", routes, guard, onDenied),
          error(error) {
            log(`admin: ${error.stack ?? error.message}`);
            return line(500, "internal error");
          },
        }),
      ({ port: opened = 0 }) => opened,
    );
    const shownPort = sockets.length > 0 ? port : (servers[0]?.server.port ?? port);
    return {
      url: `http://${hostPort(hostname, shownPort)}`,
      stop: async () => void (await Promise.all(servers.map(({ server }) => server.stop(true)))),
    };
  } catch (error) {
    throw listenFault("admin", config.listen, error);
  }
}

function answer(
  request: Request,
  peer: string,
  routes: readonly AdminRoute[],
  guard: Guard,
  onDenied: AdminServerOptions["onDenied"],
): Response | Promise<Response> {
  const { pathname } = new URL(request.url);
  const match = matchRoute(routes, request.method, pathname);
  const denial = guard.check(request.headers, match.kind === "found" ? match.route.access : "read");
  if (denial !== undefined) {
    if (match.kind === "found" && match.route.access === "change")
      onDenied(peer, `${request.method} ${pathname}`, denial.reason);
    return line(denial.status, denial.reason, denial.status === 401 ? { "www-authenticate": "Bearer" } : {});
  }
  if (match.kind === "found") return match.route.handle(request, match.params, peer);
  if (match.kind === "otherMethods")
    return line(405, `found ${request.method}, expected ${match.methods.join(" or ")}`, {
      allow: match.methods.join(", "),
    });
  const paths = [...new Set(routes.map(({ path }) => path))];
  return line(404, `no ${pathname} here; there are ${paths.join(", ")}`);
}

/** One line of text for people. */
export function line(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...headers },
  });
}
