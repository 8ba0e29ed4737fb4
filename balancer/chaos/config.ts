import type { Change } from "./plan.ts";
import type { ChaosSetup } from "./run.ts";

/** A connection to a target that nobody uses is closed after this. */
export const targetIdleTimeoutMs = 1000;

export interface ChaosSite extends Pick<ChaosSetup, "edge" | "workers"> {
  readonly port: number;
  readonly targets: readonly { readonly id: string; readonly port: number }[];
}

/** Without a change all servers are equal targets under the usual policy. */
export function chaosConfig({ edge, workers, port, targets }: ChaosSite, change?: Change): object {
  const listed = targets.map(({ id, port }, index) => ({
    id,
    url: `http://127.0.0.1:${port}`,
    weight: change?.weights[index] ?? 1,
  }));
  return {
    listeners: [
      {
        name: "public",
        protocol: "http",
        edge,
        listen: `127.0.0.1:${port}`,
        status: "/status",
        routes: [{ group: "targets" }],
      },
    ],
    groups: {
      targets: {
        policy: "ewma",
        health: { path: "/health", interval: "250ms", timeout: "500ms", unhealthyAfter: 2 },
        outlierDetection: { baseEjectionTime: "1s", maxEjectionTime: "3s" },
        connectTimeout: "500ms",
        responseTimeout: "3s",
        idleTimeout: `${targetIdleTimeoutMs}ms`,
        retry: {
          // Three may be in trouble, and others before the request is answered.
          attempts: 6,
          on: ["connect-failure", "reset", "timeout", "invalid-answer", "5xx"],
          // What a policy that looks at no failures needs for a third of its requests.
          budget: 0.5,
          perTryTimeout: "500ms",
        },
        ...change?.group,
        targets: listed.filter((_, index) => change?.removed.includes(index) !== true),
      },
    },
    workers,
    drainTimeout: "5s",
  };
}
