import { balancerConfig } from "../balancer-config.ts";
import type { Demo, DemoOptions } from "../demo.ts";
import { CannotStart, Programs } from "../programs.ts";
import { startPages } from "./server.ts";
import { shownPolicies } from "./shown-policies.ts";

const ids = ["A", "B"];

/** The three-policy pages: two backends, a balancer for each policy in front of both, and the server of the pages. */
export async function startPolicies({ port, signal }: DemoOptions): Promise<Demo> {
  const { demo, programs } = await Programs.start(signal, async (start) => {
    // On one machine both would have the same load; modelled ones have each their own.
    const backends = await Promise.all(ids.map((id) => start.backend(id, { profile: "t2.micro" })));
    const balancers = await Promise.all(
      shownPolicies.map(async (shown): Promise<[path: string, url: string]> => {
        const { url } = await start.balancer(shown.path, balancerConfig(backends, shown.choice), ids);
        return [shown.path, url];
      }),
    );
    const pages = startPages(port, backends, new Map(balancers));
    if (!pages.ok) throw new CannotStart(pages.fault);
    return { pages: pages.value, backends, balancers };
  });
  const { pages, backends, balancers } = demo;
  return {
    url: pages.url,
    programs: programs.running,
    hints: [
      `A choice by hand: curl -si -H "accept: text/html" ${balancers[0]?.[1]}/ | grep x-ballast-target`,
      `What the least-load balancer knows: curl ${balancers.at(-1)?.[1]}/status`,
      `Kill a server and ask again: kill -9 ${backends[0]?.pid}`,
    ],
    async stop() {
      await pages.stop();
      await programs.stop();
    },
  };
}
