import { balancerConfig } from "../balancer-config.ts";
import type { Demo, DemoOptions } from "../demo.ts";
import { Programs } from "../programs.ts";

const ids = ["p-1", "p-2", "p-3"];

/** The prime pages: a frontend, the balancer it asks, and three backends behind that. */
export async function startPrimes({ port, signal }: DemoOptions): Promise<Demo> {
  const { demo, programs } = await Programs.start(signal, async (start) => {
    const backends = await Promise.all(ids.map((id) => start.backend(id)));
    const balancer = await start.balancer(
      "balancer",
      balancerConfig(backends, { policy: "least-connections" }),
      ids,
    );
    const options = { role: "frontend", balancer: balancer.url, port: String(port) };
    const frontend = await start.backend("frontend", options);
    return { frontend, balancer, backends };
  });
  const { frontend, balancer, backends } = demo;
  return {
    url: frontend.url,
    programs: programs.running,
    hints: [
      `Numbers from n on: ${frontend.url}/<n>, such as ${frontend.url}/9007199254740800`,
      `What the balancer sees: curl ${balancer.url}/status`,
      `Kill a backend and load the page again, no cell turns grey: kill -9 ${backends[0]?.pid}`,
    ],
    stop: () => programs.stop(),
  };
}
