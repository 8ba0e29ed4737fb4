import type { Instance } from "@cdktf/provider-aws/lib/instance";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import type { App, TerraformStack } from "cdktf";
import type { Artifacts } from "./artifacts.ts";
import { backendPort, type ClusterName, clusters, labConfig } from "./balancer-config.ts";
import { writeOutputs } from "./outputs.ts";
import { createApplicationLoadBalancer } from "./parts/application-load-balancer.ts";
import { createEndpoints, sessionManagerApis } from "./parts/endpoints.ts";
import { allow, allowAwsApis, allowFromNetwork, allowS3, securityGroup } from "./parts/firewall.ts";
import { createInstance, publicAddress } from "./parts/instance.ts";
import { createNetwork, type Network } from "./parts/network.ts";
import { createRelease, type Release } from "./parts/release.ts";
import { createBackendRole, createBalancerRole, readCertificate } from "./parts/role.ts";
import { newStack } from "./parts/stack.ts";
import { backendUserData, balancerUserData } from "./services.ts";
import type { Settings } from "./settings.ts";
import { memberTags, nameTag } from "./tags.ts";

/** Two clusters of unlike machines in private subnets behind a public balancer, and behind an ALB where that is set. */
export function createLab(app: App, settings: Settings, artifacts: Artifacts): TerraformStack {
  const stack = newStack(app, "lab", settings);
  const release = createRelease(stack, settings, artifacts);
  const network = createNetwork(stack, settings, release);

  const atBalancer = securityGroup(stack, network, "balancer", "The public balancer");
  const atBackends = securityGroup(stack, network, "backends", "Backends, for balancers alone");
  allow(atBalancer, atBackends, backendPort, "Requests and health checks");
  for (const port of settings.tls.secretArn === undefined ? [80] : [80, 443])
    allowFromNetwork(settings.allowedCidr, atBalancer, port, "Clients");
  allowAwsApis(atBalancer);
  allowS3(atBackends, network);
  const apis = sessionManagerApis(settings);
  createEndpoints(stack, settings, network, apis, [network.privateSubnets[0]], [atBalancer, atBackends]);

  const members = createClusters(stack, settings, release, network, atBackends);
  const balancer = createBalancer(stack, settings, release, network, atBalancer);
  const address = publicAddress(stack, network, balancer);
  const alb = settings.lab.alb
    ? { albUrl: createApplicationLoadBalancer(stack, settings, network, atBackends, members) }
    : {};

  const balancerUrl = `${settings.tls.secretArn === undefined ? "http" : "https"}://${address.publicIp}`;
  writeOutputs(stack, {
    region: settings.region,
    balancerUrl,
    statusUrl: `${balancerUrl}/status`,
    ...alb,
    bucket: release.bucket.id,
    instanceIds: {
      balancer: [balancer.id],
      cluster1: members.cluster1.map(({ id }) => id),
      cluster2: members.cluster2.map(({ id }) => id),
    },
    instanceGroups: {},
  });
  return stack;
}

/** The backends of both clusters, in both zones by turns. */
function createClusters(
  stack: TerraformStack,
  settings: Settings,
  release: Release,
  network: Network,
  firewall: SecurityGroup,
): Record<ClusterName, readonly Instance[]> {
  const backendRole = createBackendRole(stack, settings, release);
  const cluster = (name: ClusterName) => {
    const { type, count } = settings.lab[name];
    const userData = backendUserData(settings, release, name);
    return Array.from({ length: count }, (_, index) => {
      const id = `${name}-${index + 1}`;
      const tags = memberTags(settings, "lab", name, id);
      const subnet = network.privateSubnets[index % 2 === 0 ? 0 : 1];
      const machine = { instanceType: type, role: backendRole, firewall, userData, tags };
      return createInstance(stack, id, machine, { subnet, after: network.ready });
    });
  };
  const [cluster1, cluster2] = clusters;
  return { cluster1: cluster(cluster1), cluster2: cluster(cluster2) };
}

function createBalancer(
  stack: TerraformStack,
  settings: Settings,
  release: Release,
  network: Network,
  firewall: SecurityGroup,
): Instance {
  const balancerRole = createBalancerRole(stack, settings, release, readCertificate(settings));
  const userData = balancerUserData(settings, release, labConfig(settings), 80, settings.tls.secretArn);
  const machine = {
    instanceType: settings.lab.balancerType,
    role: balancerRole,
    firewall,
    userData,
    tags: nameTag(settings, "lab", "balancer"),
  };
  const subnet = network.publicSubnets[0];
  return createInstance(stack, "balancer", machine, { subnet, after: network.ready });
}
