import { type Outcome, success } from "../../outcome.ts";
import { ballastStream } from "../ballast-stream.ts";
import { closedLoop } from "../generators/closed-loop.ts";
import { haproxyTcp } from "../haproxy-tcp.ts";
import { nginxStream } from "../nginx-stream.ts";
import { withOrigin } from "../origin.ts";
import { type Comparison, compare } from "./comparison.ts";
import { fewTargets, type PartInput, usualConnections, warmedUp } from "./part.ts";

/** As many as with large answers over HTTP. */
const largeConnections = 16;

/**
 * CPU time of a relay that knows nothing of what it carries, which happens to be HTTP over connections that stay open:
 * for each small answer, and for each of 1 MiB.
 */
export async function measureTcp(input: PartInput): Promise<Outcome<readonly Comparison[]>> {
  const { context, balancer, generator, durationMs, rounds } = input;
  const plain = [ballastStream(balancer, "tcp"), nginxStream("tcp"), haproxyTcp()];
  return await withOrigin(context, fewTargets, async ({ targets, description: origin, largePath }) => {
    const small = {
      part: "tcp",
      heading: "CPU per exchange over TCP",
      unit: "exchange",
      subjects: input.find(plain),
      load: closedLoop(generator, usualConnections),
    } as const;
    const large = {
      part: "tcp-large",
      heading: "CPU per answer of 1 MiB over TCP",
      unit: "answer",
      subjects: input.find([...plain, haproxyTcp({ splice: true })]),
      load: closedLoop(generator, largeConnections, largePath),
    } as const;
    const comparisons: Comparison[] = [];
    for (const { load, ...words } of [small, large]) {
      const plan = warmedUp(load, durationMs);
      const compared = await compare(context, { ...words, origin, setup: { targets }, plan, rounds });
      if (!compared.ok) return compared;
      comparisons.push(compared.value);
    }
    return success(comparisons);
  });
}
