import type { ConfigInput } from "../balancer/config/schema.ts";
import type { Settings } from "./settings.ts";
import { certificateFile } from "./user-data.ts";

/** The lb.json of each stack's balancers, made at synth. */

/** Where backends listen, for balancers alone. */
export const backendPort = 8000;

/** Where a fleet's balancers answer to the health checks of the Network Load Balancer, and nobody else. */
export const fleetHealthPort = 8081;

/** CloudWatch's namespace for what the balancers publish. */
export const metricNamespace = "Ballast";

/** Tag by which a balancer finds its instances. */
export const groupTag = "ballast:group";

/** That tag's value: one deployment never finds another's instances. */
export const groupTagValue = ({ name }: Pick<Settings, "name">, stack: string, group: string) =>
  `${name}/${stack}/${group}`;

/** The clusters of `lab` and `fleet`, each under its own path. */
export const clusters = ["cluster1", "cluster2"] as const;
export type ClusterName = (typeof clusters)[number];

export const primesGroup = "primes";

export function labConfig(settings: Settings): ConfigInput {
  const service = {
    protocol: "http",
    status: "/status",
    exposeTarget: true,
    routes: clusterRoutes(),
  } as const;
  const tls = { cert: certificateFile, key: certificateFile };
  return {
    listeners: [
      { name: "public", listen: "0.0.0.0:80", ...service },
      ...(settings.tls.secretArn === undefined
        ? []
        : [{ name: "public-tls", listen: "0.0.0.0:443", tls, http2: true, ...service }]),
    ],
    groups: clusterGroups(settings, "lab", clusters),
    ...common(settings, "lab"),
  };
}

/** The internal balancer: every path is a number to be tested. */
export function primesConfig(settings: Settings): ConfigInput {
  return {
    listeners: [
      {
        name: "internal",
        protocol: "http",
        listen: "0.0.0.0:80",
        status: "/status",
        routes: [{ path: "/", group: primesGroup }],
      },
    ],
    groups: clusterGroups(settings, "primes", [primesGroup]),
    ...common(settings, "primes"),
  };
}

/** Each of the fleet's balancers; the status stays inside. */
export function fleetConfig(settings: Settings): ConfigInput {
  const routes = clusterRoutes();
  return {
    listeners: [
      { name: "public", protocol: "http", listen: "0.0.0.0:80", exposeTarget: true, routes },
      { name: "health", protocol: "http", listen: `0.0.0.0:${fleetHealthPort}`, status: "/status", routes },
    ],
    groups: clusterGroups(settings, "fleet", clusters),
    ...common(settings, "fleet"),
  };
}

const clusterRoutes = () => clusters.map((group) => ({ path: `/${group}`, group }));

function clusterGroups(settings: Settings, stack: string, names: readonly string[]): ConfigInput["groups"] {
  return Object.fromEntries(
    names.map((group) => [
      group,
      {
        policy: settings.policy,
        health: { path: "/health" },
        discovery: {
          provider: "ec2",
          tag: `${groupTag}=${groupTagValue(settings, stack, group)}`,
          port: backendPort,
          region: settings.region,
        },
      },
    ]),
  );
}

/** All cores, and metrics in CloudWatch. */
function common(settings: Settings, stack: string) {
  const { region } = settings;
  const cloudwatch = { namespace: metricNamespace, region, dimensions: metricDimensions(settings, stack) };
  return { workers: "auto", cloudwatch } as const;
}

/** Beside `Group`, on every metric that a stack's balancers publish: two deployments may have groups of one name. */
export const metricDimensions = ({ name }: Pick<Settings, "name">, stack: string) => ({
  Deployment: `${name}/${stack}`,
});
