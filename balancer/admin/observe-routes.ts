import { contentTypes, negotiate } from "../observe/metrics/exposition.ts";
import { metricsText } from "../observe/metrics/metrics.ts";
import type { MetricsSource } from "../observe/metrics/source.ts";
import { line } from "./admin-server.ts";
import type { AdminRoute } from "./route.ts";

/** What the balancer tells of itself. */
export interface Observed {
  /** Open requests are being finished, and no new connections taken. */
  readonly isDraining: () => boolean;
  /** The document of `/status`. */
  readonly status: () => object;
  readonly metrics: MetricsSource;
}

/** What there is to see; nothing here changes anything. */
export function observeRoutes({ isDraining, status, metrics }: Observed): AdminRoute[] {
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
    {
      method: "GET",
      path: "/metrics",
      access: "read",
      handle: ({ headers }) => {
        const format = negotiate(headers.get("accept"));
        return new Response(metricsText(metrics, format), {
          headers: { "content-type": contentTypes[format], vary: "accept" },
        });
      },
    },
  ];
}
