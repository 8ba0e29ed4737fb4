import { type Outcome, success } from "../../bench/outcome.ts";
import { balancerConfig } from "../balancer-config.ts";
import type { Demo, DemoOptions } from "../demo.ts";
import { Programs, together } from "../programs.ts";

const ids = ["p-1", "p-2", "p-3"];

/** The prime pages: a frontend, the balancer it asks, and three backends behind that. */
export async function startPrimes({ port, signal }: DemoOptions): Promise<Outcome<Demo>> {
  return await Programs.start(signal, async (programs) => {
    const backends = await together(ids.map((id) => programs.backend(id)));
    if (!backends.ok) return backends;
    const config = balancerConfig(backends.value, { policy: "least-connections" });
    const balancer = await programs.balancer("balancer", config, ids);
    if (!balancer.ok) return balancer;
    const options = { role: "frontend", balancer: balancer.value.url, port: String(port) };
    const frontend = await programs.backend("frontend", options);
    if (!frontend.ok) return frontend;
    const { url } = frontend.value;
    return success({
      url,
      programs: programs.running,
      hints: [
        `Numbers from n on: ${url}/<n>, such as ${url}/9007199254740800`,
        `What the balancer sees: curl ${balancer.value.url}/status`,
        `Kill a backend and load the page again, no cell turns grey: kill -9 ${backends.value[0]?.pid}`,
      ],
      stop: () => programs.stop(),
    });
  });
}
