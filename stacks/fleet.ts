import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import type { App, TerraformStack } from "cdktf";
import type { Artifacts } from "./artifacts.ts";
import { backendPort, clusters, fleetConfig, fleetHealthPort } from "./balancer-config.ts";
import { writeOutputs } from "./outputs.ts";
import { createEndpoints, sessionManagerApis } from "./parts/endpoints.ts";
import { allow, allowS3, securityGroup } from "./parts/firewall.ts";
import { createInstanceGroup } from "./parts/instance-group.ts";
import { createNetwork, type Network } from "./parts/network.ts";
import { createNetworkLoadBalancer } from "./parts/network-load-balancer.ts";
import { createRelease, type Release } from "./parts/release.ts";
import { createBackendRole, createBalancerRole } from "./parts/role.ts";
import { scaleByCpu, scaleByRequests } from "./parts/scaling.ts";
import { newStack } from "./parts/stack.ts";
import { backendUserData, balancerUserData } from "./services.ts";
import type { Settings } from "./settings.ts";
import { memberTags, nameTag } from "./tags.ts";

/** Growth past one machine: balancers in all zones behind a Network Load Balancer, and clusters that follow their traffic. */
export function createFleet(app: App, settings: Settings, artifacts: Artifacts): TerraformStack {
  const stack = newStack(app, "fleet", settings);
  const release = createRelease(stack, settings, artifacts);
  const network = createNetwork(stack, settings, release);

  const atBalancers = securityGroup(
    stack,
    network,
    "balancers",
    "Balancers, for the Network Load Balancer alone",
  );
  const atBackends = securityGroup(stack, network, "backends", "Backends, for the balancers alone");
  allow(atBalancers, atBackends, backendPort, "Requests and health checks");
  allowS3(atBalancers, network);
  allowS3(atBackends, network);
  createEndpoints(
    stack,
    settings,
    network,
    ["ec2", "monitoring", ...sessionManagerApis(settings)],
    network.privateSubnets,
    [atBalancers, ...(settings.sessionManager ? [atBackends] : [])],
  );
  const front = createNetworkLoadBalancer(stack, settings, network, atBalancers);

  const backendGroups = createClusters(stack, settings, release, network, atBackends);
  const balancers = createInstanceGroup(
    stack,
    settings,
    "balancers",
    {
      instanceType: settings.fleet.balancers.type,
      role: createBalancerRole(stack, settings, release),
      firewall: atBalancers,
      userData: balancerUserData(settings, release, fleetConfig(settings), fleetHealthPort),
      tags: nameTag(settings, "fleet", "balancer"),
    },
    settings.fleet.balancers,
    { subnets: network.privateSubnets, after: network.ready, targetGroupArns: [front.targetGroupArn] },
  );
  scaleByCpu(balancers, settings.fleet.balancerCpuPercent);

  writeOutputs(stack, {
    region: settings.region,
    balancerUrl: front.url,
    bucket: release.bucket.id,
    instanceIds: {},
    instanceGroups: { balancers: balancers.name, ...backendGroups },
  });
  return stack;
}

/** Each cluster's Auto Scaling group; gives their names. */
function createClusters(
  stack: TerraformStack,
  settings: Settings,
  release: Release,
  network: Network,
  firewall: SecurityGroup,
): Record<string, string> {
  const backendRole = createBackendRole(stack, settings, release);
  const names = clusters.map((name): [string, string] => {
    const machine = {
      instanceType: settings.fleet[name].type,
      role: backendRole,
      firewall,
      userData: backendUserData(settings, release, name),
      tags: memberTags(settings, "fleet", name, name),
    };
    const place = { subnets: network.privateSubnets, after: network.ready };
    const group = createInstanceGroup(stack, settings, name, machine, settings.fleet[name], place);
    scaleByRequests(group, settings, name);
    return [name, group.name];
  });
  return Object.fromEntries(names);
}
