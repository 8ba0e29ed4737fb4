/**
 * Stands in for the two programs in the lab's tests: `backend …` and `balancer [--fault KIND] --config FILE`,
 * with the same options and ready lines. Faults: `crash` (ends at once), `sick` (no target gets healthy),
 * `mixed` (each path is answered by all clusters), `stubborn` (does not end on SIGTERM).
 */
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string" },
    id: { type: "string" },
    cluster: { type: "string" },
    profile: { type: "string" },
    seed: { type: "string" },
    config: { type: "string" },
    fault: { type: "string" },
  },
});

interface Group {
  targets: { id: string; url: string }[];
}

function backend(): void {
  const reply = { message: "hello", instance: values.id, cluster: values.cluster };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: Number(values.port),
    fetch: () => Response.json(reply),
  });
  console.log(`backend ${values.id} listening on http://127.0.0.1:${server.port}`);
}

function balancer(groups: Record<string, Group>): void {
  const state = values.fault === "sick" ? "unhealthy" : "healthy";
  const everyone = Object.values(groups).flatMap((group) => group.targets);
  let turn = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/status") {
        const status = Object.entries(groups).map(([name, { targets }]) => [
          name,
          { targets: targets.map(({ id }) => ({ id, state })) },
        ]);
        return Response.json({ groups: Object.fromEntries(status) });
      }
      const targets = values.fault === "mixed" ? everyone : (groups[pathname.slice(1)]?.targets ?? []);
      const target = targets[turn++ % targets.length];
      return target === undefined ? new Response("no route", { status: 404 }) : fetch(target.url);
    },
  });
  console.log(`listener public on http://127.0.0.1:${server.port}`);
}

if (values.fault === "stubborn") process.on("SIGTERM", () => {});
if (values.fault === "crash") {
  console.error("lb.json: something is wrong with it");
  process.exit(1);
}
if (positionals[0] === "backend") backend();
else balancer((await Bun.file(values.config ?? "").json()).groups);
