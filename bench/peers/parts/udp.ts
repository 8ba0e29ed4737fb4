import { type Outcome, success } from "../../outcome.ts";
import { ballastStream } from "../ballast-stream.ts";
import { type UdpTools, udpClosedLoop } from "../generators/udp.ts";
import { nginxStream } from "../nginx-stream.ts";
import { withUdpOrigin } from "../udp-origin.ts";
import { type Comparison, compare } from "./comparison.ts";
import { fewTargets, type PartInput, usualConnections, warmupMs } from "./part.ts";

/** One each: with more, a burst fills the system's usual receive buffer, and what is compared is luck. */
const window = 1;
const datagramBytes = 64;

/** CPU time per datagram with its reply, and how many a full core relays. */
export async function measureUdp(input: PartInput, tools: UdpTools): Promise<Outcome<readonly Comparison[]>> {
  const { context, balancer, durationMs, rounds } = input;
  const subjects = input.find([ballastStream(balancer, "udp"), nginxStream("udp")]);
  const load = udpClosedLoop(tools, usualConnections, window, datagramBytes);
  const plan = { load, warmups: [{ load, durationMs: warmupMs }], durationMs };
  return await withUdpOrigin(context, tools, fewTargets, async ({ targets, description }) => {
    const rows = await compare(context, subjects, { targets, protocol: "udp" }, plan, rounds);
    if (!rows.ok) return rows;
    return success([
      {
        part: "udp",
        heading: "CPU per datagram and its reply",
        unit: "exchange",
        load: load.description,
        origin: description,
        durationMs,
        rows: rows.value,
      },
    ]);
  });
}
