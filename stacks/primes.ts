import type { App, TerraformStack } from "cdktf";
import type { Artifacts } from "./artifacts.ts";
import { backendPort, primesConfig, primesGroup } from "./balancer-config.ts";
import { writeOutputs } from "./outputs.ts";
import { createEndpoints, sessionManagerApis } from "./parts/endpoints.ts";
import { allow, allowAwsApis, allowFromNetwork, allowS3, securityGroup } from "./parts/firewall.ts";
import { createInstance, publicAddress } from "./parts/instance.ts";
import { createInstanceGroup } from "./parts/instance-group.ts";
import { createNetwork, createReservedSubnet } from "./parts/network.ts";
import { createRelease } from "./parts/release.ts";
import { createBackendRole, createBalancerRole } from "./parts/role.ts";
import { newStack } from "./parts/stack.ts";
import { backendUserData, balancerUserData, frontendUserData } from "./services.ts";
import type { Settings } from "./settings.ts";
import { memberTags, nameTag } from "./tags.ts";

/** A public frontend, a balancer without a public address, and three backends that an Auto Scaling group keeps. */
export function createPrimes(app: App, settings: Settings, artifacts: Artifacts): TerraformStack {
  const stack = newStack(app, "primes", settings);
  const release = createRelease(stack, settings, artifacts);
  const network = createNetwork(stack, settings, release);
  const [privateSubnet] = network.privateSubnets;

  const atFrontend = securityGroup(stack, network, "frontend", "The public frontend");
  const atBalancer = securityGroup(
    stack,
    network,
    "balancer",
    "The internal balancer, for the frontend alone",
  );
  const atBackends = securityGroup(stack, network, "backends", "Backends, for the balancer alone");
  allowFromNetwork(settings.allowedCidr, atFrontend, 80, "Users");
  allow(atFrontend, atBalancer, 80, "Numbers to be tested");
  allow(atBalancer, atBackends, backendPort, "Requests and health checks");
  allowAwsApis(atFrontend);
  allowS3(atBalancer, network);
  allowS3(atBackends, network);
  createEndpoints(
    stack,
    settings,
    network,
    ["ec2", "monitoring", ...sessionManagerApis(settings)],
    [privateSubnet],
    settings.sessionManager ? [atFrontend, atBalancer, atBackends] : [atBalancer],
  );

  const after = network.ready;
  const backends = createInstanceGroup(
    stack,
    settings,
    "backends",
    {
      instanceType: settings.primes.backends.type,
      role: createBackendRole(stack, settings, release),
      firewall: atBackends,
      userData: backendUserData(settings, release, primesGroup),
      tags: memberTags(settings, "primes", primesGroup, "backend"),
    },
    { min: settings.primes.backends.count, max: settings.primes.backends.count },
    { subnets: network.privateSubnets, after },
  );
  const reserved = createReservedSubnet(stack, settings, network);
  const balancer = createInstance(
    stack,
    "balancer",
    {
      instanceType: settings.primes.balancerType,
      role: createBalancerRole(stack, settings, release),
      firewall: atBalancer,
      userData: balancerUserData(settings, release, primesConfig(settings), 80),
      tags: nameTag(settings, "primes", "balancer"),
    },
    { subnet: reserved.subnet, privateIp: reserved.address, after: [...after, reserved.ready] },
  );
  const frontend = createInstance(
    stack,
    "frontend",
    {
      instanceType: settings.primes.frontendType,
      role: createBackendRole(stack, settings, release, "frontend"),
      firewall: atFrontend,
      userData: frontendUserData(settings, release, reserved.address),
      tags: nameTag(settings, "primes", "frontend"),
    },
    { subnet: network.publicSubnets[0], after },
  );

  writeOutputs(stack, {
    region: settings.region,
    frontendUrl: `http://${publicAddress(stack, network, frontend).publicIp}`,
    bucket: release.bucket.id,
    instanceIds: { frontend: [frontend.id], balancer: [balancer.id] },
    instanceGroups: { backends: backends.name },
  });
  return stack;
}
