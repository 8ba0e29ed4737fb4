import { type Outcome, success } from "../../outcome.ts";
import { ballast } from "../ballast.ts";
import { closedLoop } from "../generators/closed-loop.ts";
import { haproxy } from "../haproxy.ts";
import { nginx } from "../nginx.ts";
import { withOrigin } from "../origin.ts";
import { type Comparison, compare } from "./comparison.ts";
import { fewTargets, type PartInput, warmupMs } from "./part.ts";

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
  return await withOrigin(context, fewTargets, async ({ targets, description, largePath }) => {
    const load = closedLoop(generator, connections, largePath);
    const plan = { load, warmups: [{ load, durationMs: warmupMs }], durationMs };
    const rows = await compare(context, subjects, { targets }, plan, rounds);
    if (!rows.ok) return rows;
    return success({
      part: "large",
      heading: "CPU per answer of 1 MiB",
      unit: "answer",
      load: load.description,
      origin: description,
      durationMs,
      rows: rows.value,
    });
  });
}
