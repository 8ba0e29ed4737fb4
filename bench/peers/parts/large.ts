import type { Outcome } from "../../outcome.ts";
import { ballast } from "../ballast.ts";
import { closedLoop } from "../generators/closed-loop.ts";
import { haproxy } from "../haproxy.ts";
import { nginx } from "../nginx.ts";
import { withOrigin } from "../origin.ts";
import { type Comparison, compare } from "./comparison.ts";
import { fewTargets, type PartInput, warmedUp } from "./part.ts";

/** Enough to fill the core, and few enough for each to get on. */
const connections = 16;

/** CPU time per answer of 1 MiB. */
export async function measureLarge(input: PartInput): Promise<Outcome<Comparison>> {
  const { context, balancer, edge, generator, durationMs, rounds } = input;
  const subjects = input.find([
    ballast(balancer, { label: edge, edge }),
    nginx("least_conn"),
    haproxy("leastconn"),
    haproxy("leastconn", { splice: true }),
  ]);
  return await withOrigin(context, fewTargets, ({ targets, description: origin, largePath }) =>
    compare(context, {
      part: "large",
      heading: "CPU per answer of 1 MiB",
      unit: "answer",
      origin,
      subjects,
      setup: { targets },
      plan: warmedUp(closedLoop(generator, connections, largePath), durationMs),
      rounds,
    }),
  );
}
