import { type Outcome, success } from "../../bench/outcome.ts";
import { balancerConfig } from "../balancer-config.ts";
import type { Demo, DemoOptions } from "../demo.ts";
import { Programs, together } from "../programs.ts";
import { startPages } from "./server.ts";
import { leastLoad, shownPolicies } from "./shown-policies.ts";

const ids = ["A", "B"];

/** The three-policy pages: two backends, a balancer for each policy in front of both, and the server of the pages. */
export async function startPolicies({ port, signal }: DemoOptions): Promise<Outcome<Demo>> {
  return await Programs.start(signal, async (programs) => {
    // On one machine both would have the same load; modelled ones have each their own.
    const backends = await together(ids.map((id) => programs.backend(id, { profile: "t2.micro" })));
    if (!backends.ok) return backends;
    const balancers = await together(
      shownPolicies.map(({ path, choice }) =>
        programs.balancer(path, balancerConfig(backends.value, choice), ids),
      ),
    );
    if (!balancers.ok) return balancers;
    const urls = new Map(balancers.value.map(({ name, url }) => [name, url]));
    const pages = startPages(port, backends.value, urls);
    if (!pages.ok) return pages;
    return success({
      url: pages.value.url,
      programs: programs.running,
      hints: [
        `A choice by hand: curl -si -H "accept: text/html" ${urls.get("round-robin")}/ | grep x-ballast-target`,
        `What the least-load balancer knows: curl ${urls.get(leastLoad.path)}/status`,
        `Kill a server and ask again: kill -9 ${backends.value[0]?.pid}`,
      ],
      async stop() {
        await pages.value.stop();
        await programs.stop();
      },
    });
  });
}
