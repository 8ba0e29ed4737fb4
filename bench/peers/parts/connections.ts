import type { Outcome } from "../../outcome.ts";
import { ballast } from "../ballast.ts";
import { closedLoop } from "../generators/closed-loop.ts";
import { newConnections } from "../generators/new-connections.ts";
import { haproxy } from "../haproxy.ts";
import { nginx } from "../nginx.ts";
import { withOrigin } from "../origin.ts";
import { type Comparison, compare } from "./comparison.ts";
import { fewTargets, inTurns, type PartInput, usualConnections, warmupMs } from "./part.ts";

const ratePerSecond = 1000;
/**
 * What every proxy has behind it before it is measured: a just-in-time compiler is done with the path of a connection after some
 * forty thousand, which is the first minute of a day of service.
 */
const earlier = { ratePerSecond: 3000, durationMs: 15_000 };
/** More slices, and longer ones: with the core idle for most of the time each says less of the proxy. */
const longer = 4;
const sliceMs = 4000;

/**
 * CPU time per connection when each carries one request, at a fixed rate: as many as come would tell how fast ports run
 * out. The connections to the targets are kept alive, as everywhere.
 */
export async function measureConnections(input: PartInput): Promise<Outcome<Comparison>> {
  const { context, balancer, edge, generator, rounds } = input;
  const load = newConnections(ratePerSecond);
  const subjects = input.find([
    ballast(balancer, { label: edge, edge }),
    nginx("least_conn"),
    haproxy("leastconn"),
  ]);
  const warmups = [
    { load: closedLoop(generator, usualConnections), durationMs: warmupMs },
    { load: newConnections(earlier.ratePerSecond), durationMs: earlier.durationMs },
  ];
  return await withOrigin(context, fewTargets, ({ targets, description: origin }) =>
    compare(context, {
      part: "connections",
      heading: "CPU per new connection",
      unit: "connection",
      origin,
      subjects,
      setup: { targets },
      plan: { load, warmups, ...inTurns(longer * input.durationMs, sliceMs), together: true },
      rounds,
    }),
  );
}
