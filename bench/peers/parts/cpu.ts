import { type Outcome, success } from "../../outcome.ts";
import { ballast } from "../ballast.ts";
import { caddy } from "../caddy.ts";
import { floor } from "../floor.ts";
import { closedLoop } from "../generators/closed-loop.ts";
import { haproxy } from "../haproxy.ts";
import { nginx } from "../nginx.ts";
import { withOrigin } from "../origin.ts";
import { type Comparison, compare } from "./comparison.ts";
import { fewTargets, type PartInput, usualConnections, warmupMs } from "./part.ts";

/** CPU time per small answer over kept-alive connections; `relay` is the compiled floor. */
export async function measureCpu(input: PartInput, relay: string | undefined): Promise<Outcome<Comparison>> {
  const { context, balancer, edge, generator, durationMs, rounds } = input;
  const subjects = input.find([
    ballast(balancer, { label: edge, edge }),
    ...(edge === "serve" ? [] : [ballast(balancer, { label: "serve", edge: "serve" })]),
    nginx("least_conn"),
    haproxy("leastconn"),
    caddy("least_conn"),
    floor(relay),
  ]);
  const load = closedLoop(generator, usualConnections);
  const plan = { load, warmups: [{ load, durationMs: warmupMs }], durationMs };
  return await withOrigin(context, fewTargets, async ({ targets, description }) => {
    const rows = await compare(context, subjects, { targets }, plan, rounds);
    if (!rows.ok) return rows;
    return success({
      part: "cpu",
      heading: "CPU per request",
      unit: "request",
      load: load.description,
      origin: description,
      durationMs,
      rows: rows.value,
    });
  });
}
