import { line } from "./admin-server.ts";
import type { AdminRoute } from "./route.ts";

/** What the balancer tells of itself. */
export interface Observed {
  /** Open requests are being finished, and no new connections taken. */
  readonly isDraining: () => boolean;
  /** The document of `/status`. */
  readonly status: () => object;
}

/** What there is to see; nothing here changes anything. */
export function observeRoutes({ isDraining, status }: Observed): AdminRoute[] {
  return [
    {
      method: "GET",
      path: "/healthz",
      access: "open",
      handle: () => (isDraining() ? line(503, "draining") : line(200, "ok")),
    },
    {
      method: "GET",
      path: "/status",
      access: "read",
      handle: () => Response.json(status(), { headers: { "cache-control": "no-store" } }),
    },
  ];
}
