import type { Program } from "./programs.ts";

/** How one balancer of a demo chooses, in lb.json's own words. */
export interface PolicyChoice {
  readonly policy: string | Readonly<Record<string, unknown>>;
  /** By the backend's name; 1 where it is not there. */
  readonly weights?: Readonly<Record<string, number>>;
}

/** The lb.json of a balancer whose one listener sends everything to these backends, and says which one answered. */
export function balancerConfig(backends: readonly Program[], { policy, weights = {} }: PolicyChoice): object {
  return {
    listeners: [
      {
        name: "public",
        protocol: "http",
        listen: "127.0.0.1:0",
        status: "/status",
        exposeTarget: true,
        routes: [{ path: "/", group: "demo" }],
      },
    ],
    groups: {
      demo: {
        policy,
        health: { path: "/health", interval: "500ms" },
        targets: backends.map(({ name, url }) => ({ id: name, url, weight: weights[name] ?? 1 })),
      },
    },
  };
}
