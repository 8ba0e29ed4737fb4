import { type LoadResult, parseConfig } from "../config/load.ts";
import { masked, unmasked } from "../config/masked.ts";
import type { Reloaded } from "../reload/reload.ts";
import { line } from "./admin-server.ts";
import type { AuditLog } from "./audit-log.ts";
import type { AdminRoute, PathParams } from "./route.ts";

/** What operators change. */
export interface Changeable {
  /** The JSON of the config in force; undefined where it is not known. */
  readonly source: () => unknown;
  readonly change: (next: LoadResult, why: string) => Promise<Reloaded>;
  /** Reads the file anew; undefined where there is none. */
  readonly load: (() => LoadResult) | undefined;
  /** Takes a target out, or has it back; the fault when there is no such target. */
  readonly setDraining: (group: string, target: string, isDraining: boolean) => string | undefined;
  readonly audit: AuditLog;
}

const uncached = { "cache-control": "no-store" } as const;

/** What changes something, all of it kept in the audit log; and the config, which is for those alone who may change it. */
export function changeRoutes(changeable: Changeable): AdminRoute[] {
  const { source, audit } = changeable;
  return [
    {
      method: "GET",
      path: "/config",
      access: "change",
      handle: () =>
        source() === undefined
          ? line(404, "the config was not read from JSON")
          : Response.json(masked(source()), { headers: uncached }),
    },
    {
      method: "PUT",
      path: "/config",
      access: "change",
      handle: async (request, _params, peer) => {
        const next = parseMasked(await request.text(), source());
        return answered(await changeable.change(next, `PUT by ${peer}`), audit, {
          peer,
          action: "put config",
        });
      },
    },
    {
      method: "POST",
      path: "/reload",
      access: "change",
      handle: async (_request, _params, peer) => {
        if (changeable.load === undefined) return line(404, "there is no file to reload");
        const reloaded = await changeable.change(changeable.load(), `POST by ${peer}`);
        return answered(reloaded, audit, { peer, action: "reload" });
      },
    },
    targetRoute("drain", true, changeable),
    targetRoute("enable", false, changeable),
  ];
}

function targetRoute(action: "drain" | "enable", isDraining: boolean, changeable: Changeable): AdminRoute {
  return {
    method: "POST",
    path: `/groups/:group/targets/:target/${action}`,
    access: "change",
    handle(_request, { group = "", target = "" }: PathParams, peer) {
      const fault = changeable.setDraining(group, target, isDraining);
      const faults = fault === undefined ? undefined : [fault];
      const ok = fault === undefined;
      changeable.audit.add({ peer, action, subject: `${group}/${target}`, ok, faults });
      return Response.json(ok ? { ok } : { ok, faults }, { status: ok ? 200 : 404, headers: uncached });
    },
  };
}

function answered(
  reloaded: Reloaded,
  audit: AuditLog,
  entry: { readonly peer: string; readonly action: string },
): Response {
  audit.add({ ...entry, ok: reloaded.ok, faults: reloaded.ok ? undefined : reloaded.faults });
  return Response.json(reloaded, { status: reloaded.ok ? 200 : 422, headers: uncached });
}

/** A config as {@link masked} has shown it is taken with the secrets that it has now. */
function parseMasked(text: string, present: unknown): LoadResult {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    // Read once more for the faults, with their places.
    return parseConfig(text, "body");
  }
  const full = JSON.stringify(unmasked(root, present));
  // Places are told in the text as it came, as long as nothing had to be put in.
  return parseConfig(full === JSON.stringify(root) ? text : full, "body");
}
