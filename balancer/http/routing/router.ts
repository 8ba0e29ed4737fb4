/** What a route says of the requests it takes; `host` in lower case, perhaps with a leading `*.`. */
export interface RoutePattern {
  readonly path: string;
  readonly host?: string | undefined;
}

/**
 * Finds the route of a request: the most exact host first, then the longest path that is a prefix on
 * whole segments. A host without a fitting path falls back to the next less exact one.
 */
export interface Router<Route extends RoutePattern> {
  /** `host` as in the `Host` field, port and case as they came; `path` without query. */
  match(host: string, path: string): Route | undefined;
}

export function createRouter<Route extends RoutePattern>(routes: readonly Route[]): Router<Route> {
  const byLength = [...routes].sort((a, b) => b.path.length - a.path.length);
  const anyHost = byLength.filter((route) => route.host === undefined);
  const byHost = new Map<string, readonly Route[]>();
  for (const { host } of byLength) {
    if (host !== undefined)
      byHost.set(
        host,
        byLength.filter((route) => route.host === host),
      );
  }
  // The usual config names no host: then the Host field need not be looked at.
  if (byHost.size === 0) return { match: (_host, path) => longestPrefix(anyHost, path) };
  return {
    match(host, path) {
      for (const name of hostNames(withoutPort(host).toLowerCase())) {
        const route = longestPrefix(byHost.get(name) ?? [], path);
        if (route !== undefined) return route;
      }
      return longestPrefix(anyHost, path);
    },
  };
}

/** The name itself, then its wildcards from the most to the least exact. */
function* hostNames(host: string): Generator<string> {
  yield host;
  for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) yield `*${host.slice(dot)}`;
}

function withoutPort(host: string): string {
  const colon = host.lastIndexOf(":");
  return colon < 0 || host.endsWith("]") ? host : host.slice(0, colon);
}

/** `routes` with the longest path first. */
function longestPrefix<Route extends RoutePattern>(
  routes: readonly Route[],
  path: string,
): Route | undefined {
  for (const route of routes) if (isSegmentPrefix(route.path, path)) return route;
  return undefined;
}

/** `/a` and `/a/` both take `/a/b`; `/a` takes `/a` too, and neither takes `/ab`. */
function isSegmentPrefix(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return path.length === prefix.length || prefix.endsWith("/") || path.charCodeAt(prefix.length) === 47;
}

/** Takes a route's path off a request's path and query; what remains begins with a slash. */
export function stripPrefix(prefix: string, pathAndQuery: string): string {
  const rest = pathAndQuery.slice(prefix.endsWith("/") ? prefix.length - 1 : prefix.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
