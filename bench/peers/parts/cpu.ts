import type { Outcome } from "../../outcome.ts";
import { ballast } from "../ballast.ts";
import { caddy } from "../caddy.ts";
import { floor } from "../floor.ts";
import { closedLoop } from "../generators/closed-loop.ts";
import { haproxy } from "../haproxy.ts";
import { nginx } from "../nginx.ts";
import { withOrigin } from "../origin.ts";
import { type Comparison, compare } from "./comparison.ts";
import { fewTargets, type PartInput, usualConnections, warmedUp } from "./part.ts";

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
  const plan = warmedUp(closedLoop(generator, usualConnections), durationMs);
  return await withOrigin(context, fewTargets, ({ targets, description: origin }) =>
    compare(context, {
      part: "cpu",
      heading: "CPU per request",
      unit: "request",
      origin,
      subjects,
      setup: { targets },
      plan,
      rounds,
    }),
  );
}
