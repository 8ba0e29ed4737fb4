import { version } from "../../package.json";
import { type AdminServer, startAdminServer } from "../admin/admin-server.ts";
import { AuditLog } from "../admin/audit-log.ts";
import { changeRoutes } from "../admin/change-routes.ts";
import { LiveFeed } from "../admin/dashboard/live-feed.ts";
import { liveReading } from "../admin/dashboard/live-reading.ts";
import { liveRoutes } from "../admin/dashboard/live-routes.ts";
import { tryRoutes } from "../admin/dashboard/try-routes.ts";
import { observeRoutes } from "../admin/observe-routes.ts";
import type { AdminRoute } from "../admin/route.ts";
import type { Clock } from "../cluster/clock.ts";
import { bucketBoundsMs } from "../cluster/histogram.ts";
import type { AdminConfig } from "../config/admin-schema.ts";
import type { LoadResult } from "../config/load.ts";
import type { MetricsSource } from "../observe/metrics/source.ts";
import { statusDocument } from "../observe/status.ts";
import type { ConfigInForce } from "../reload/reload.ts";
import type { HeldSockets } from "../sockets/poll.ts";
import { namedGroups, setDraining } from "./services.ts";
import type { MainServing } from "./serving.ts";
import { tryRequest } from "./try-request.ts";

export interface OpenAdminOptions {
  readonly config: AdminConfig;
  readonly inForce: ConfigInForce;
  readonly serving: MainServing;
  /** Open requests are being finished, and no new connections taken. */
  readonly isDraining: () => boolean;
  readonly clock: Clock;
  /** When the balancer was started, by the clock. */
  readonly startedAtMs: number;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** Reads the config's file anew; undefined where there is none. */
  readonly load: (() => LoadResult) | undefined;
  /** Sockets that are open already, to be listened on instead of a new one. */
  readonly held: HeldSockets | undefined;
}

/** Opens where operators look, once there is something to see; throws with a clear message when it can't listen. */
export function openAdmin(options: OpenAdminOptions): AdminServer {
  const { config, serving, isDraining, clock, startedAtMs, log } = options;
  const { services, counts, mainStatus, registered } = serving;
  const uptimeSeconds = () => (clock.now() - startedAtMs) / 1000;
  const groups = () => [...namedGroups(services), ...registered()];
  const status = () => statusDocument(version, uptimeSeconds(), namedGroups(services), mainStatus());
  const metrics: MetricsSource = {
    version,
    startedAtSeconds: Math.round(Date.now() - process.uptime() * 1000) / 1000,
    counts,
    groups,
    mainStatus,
  };
  const live = new LiveFeed(
    () => liveReading(version, uptimeSeconds(), groups()),
    bucketBoundsMs,
    clock,
    Date.now,
  );
  const audit = new AuditLog(config.auditLog, log, clock);
  const server = startAdminServer({
    config,
    routes: [
      ...observeRoutes({ isDraining, status, metrics }),
      ...liveRoutes(live),
      ...routesToTry(options),
      ...routesToChange(options, audit),
    ],
    onDenied: (peer, action, reason) => audit.deny(peer, action, reason),
    log,
    held: options.held,
  });
  live.start();
  return {
    url: server.url,
    stop: () => {
      live.stop();
      return server.stop();
    },
  };
}

/** A request of an operator's own, through one of the HTTP listeners. */
function routesToTry({ inForce, serving: { services }, clock }: OpenAdminOptions): AdminRoute[] {
  const httpListeners = () => inForce.current.listeners.filter((listener) => listener.protocol === "http");
  return tryRoutes(
    () => httpListeners().map(({ name }) => name),
    (asked) => {
      const listener = httpListeners().find(({ name }) => name === asked.listener);
      return listener && tryRequest(asked, listener, services.http, clock);
    },
  );
}

/** What operators change, all of it kept in the audit log. */
function routesToChange(
  { inForce, load, serving: { services } }: OpenAdminOptions,
  audit: AuditLog,
): AdminRoute[] {
  return changeRoutes({
    source: () => inForce.source,
    change: (next, why) => inForce.change(next, why),
    load,
    setDraining: (group, target, isOut) => setDraining(services, group, target, isOut),
    audit,
  });
}
