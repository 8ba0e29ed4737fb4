import type { Outcome } from "../../outcome.ts";
import { ballastStream } from "../ballast-stream.ts";
import { type UdpTools, udpClosedLoop } from "../generators/udp.ts";
import { nginxStream } from "../nginx-stream.ts";
import { withUdpOrigin } from "../udp-origin.ts";
import { type Comparison, compare } from "./comparison.ts";
import { fewTargets, type PartInput, usualConnections, warmedUp } from "./part.ts";

/** One each: with more, a burst fills the system's usual receive buffer, and what is compared is luck. */
const window = 1;
const datagramBytes = 64;

/** CPU time per datagram with its reply, and how many a full core relays. */
export async function measureUdp(input: PartInput, tools: UdpTools): Promise<Outcome<Comparison>> {
  const { context, balancer, durationMs, rounds } = input;
  const subjects = input.find([ballastStream(balancer, "udp"), nginxStream("udp")]);
  const plan = warmedUp(udpClosedLoop(tools, usualConnections, window, datagramBytes), durationMs);
  return await withUdpOrigin(context, tools, fewTargets, ({ targets, description: origin }) =>
    compare(context, {
      part: "udp",
      heading: "CPU per datagram and its reply",
      unit: "exchange",
      origin,
      subjects,
      setup: { targets, protocol: "udp" },
      plan,
      rounds,
    }),
  );
}
