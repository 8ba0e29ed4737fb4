/**
 * Who may ask:
 * - `open`: anyone who reaches the port
 * - `read`: anyone on this machine where the server listens on loopback; else only with the token
 * - `change`: only with the token, where there is one; without one the server listens on loopback, and anyone on this machine may
 */
export type Access = "open" | "read" | "change";

export type PathParams = Readonly<Record<string, string>>;

/** One line of the admin server's table. */
export interface AdminRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Its segments match exactly, but for those like `:group`, which take any one segment. */
  readonly path: string;
  readonly access: Access;
  /**
   * `params`: what stood for the path's `:names`, decoded; `peer`: the address that asks. What it throws is answered with
   * 500.
   */
  readonly handle: (request: Request, params: PathParams, peer: string) => Response | Promise<Response>;
}

export type RouteMatch =
  | { readonly kind: "found"; readonly route: AdminRoute; readonly params: PathParams }
  | { readonly kind: "otherMethods"; readonly methods: readonly string[] }
  | { readonly kind: "none" };

/** Finds the route for a request; HEAD is answered as GET is. */
export function matchRoute(routes: readonly AdminRoute[], method: string, path: string): RouteMatch {
  const fitting = routes.flatMap((route) => {
    const params = paramsOf(route.path, path);
    return params === undefined ? [] : [{ route, params }];
  });
  const wanted = method === "HEAD" ? "GET" : method;
  const found = fitting.find(({ route }) => route.method === wanted);
  if (found !== undefined) return { kind: "found", ...found };
  if (fitting.length === 0) return { kind: "none" };
  return { kind: "otherMethods", methods: [...new Set(fitting.map(({ route }) => route.method))] };
}

function paramsOf(pattern: string, path: string): PathParams | undefined {
  const expected = pattern.split("/");
  const found = path.split("/");
  if (expected.length !== found.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const segment = found[index] ?? "";
    if (!part.startsWith(":")) {
      if (part !== segment) return undefined;
      continue;
    }
    const value = decoded(segment);
    if (value === undefined || value === "") return undefined;
    params[part.slice(1)] = value;
  }
  return params;
}

/** Undefined where the percent signs make no text. */
function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
