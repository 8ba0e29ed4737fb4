/** One cluster of the lab: equal backends that answer under one path. */
export interface LabCluster {
  /** Name of the cluster and of the balancer's group; `/<name>` is its path. */
  readonly name: string;
  readonly profile: string;
  readonly instanceIds: readonly string[];
}

/** Four larger machines and five smaller ones, so that a balancer has something to tell apart. */
export const labClusters: readonly LabCluster[] = [
  { name: "cluster1", profile: "t2.large", instanceIds: ["i-1", "i-2", "i-3", "i-4"] },
  { name: "cluster2", profile: "t2.micro", instanceIds: ["i-5", "i-6", "i-7", "i-8", "i-9"] },
];

export interface LabTarget {
  readonly id: string;
  readonly url: string;
}

/** The `lb.json` of the lab: one public listener with a route and a group for each cluster. */
export function labConfig(policy: string, targets: ReadonlyMap<LabCluster, readonly LabTarget[]>) {
  const clusters = [...targets.keys()];
  return {
    listeners: [
      {
        name: "public",
        protocol: "http",
        listen: "127.0.0.1:0",
        status: "/status",
        exposeTarget: true,
        routes: clusters.map(({ name }) => ({ path: `/${name}`, group: name })),
      },
    ],
    groups: Object.fromEntries(
      [...targets].map(([cluster, members]) => [
        cluster.name,
        { policy, health: { path: "/health", interval: "500ms" }, targets: members },
      ]),
    ),
  };
}
