import { Lb } from "@cdktf/provider-aws/lib/lb";
import { LbListener } from "@cdktf/provider-aws/lib/lb-listener";
import { LbTargetGroup } from "@cdktf/provider-aws/lib/lb-target-group";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import type { TerraformStack } from "cdktf";
import { fleetHealthPort } from "../balancer-config.ts";
import type { Settings } from "../settings.ts";
import { accept } from "./accept.ts";
import { allow, allowFromNetwork, securityGroup } from "./firewall.ts";
import type { Network } from "./network.ts";
import { sslPolicy } from "./ssl-policy.ts";

export interface Front {
  readonly url: string;
  /** For the balancers to join. */
  readonly targetGroupArn: string;
}

/** Spreads connections over the balancers of all zones; with a certificate it takes TLS off, on 443. */
export function createNetworkLoadBalancer(
  stack: TerraformStack,
  settings: Settings,
  network: Network,
  atBalancers: SecurityGroup,
): Front {
  const { certificateArn } = settings.tls;
  const firewall = securityGroup(stack, network, "nlb", "The Network Load Balancer");
  allow(firewall, atBalancers, 80, "Clients' connections");
  allow(firewall, atBalancers, fleetHealthPort, "Health checks");

  const balancer = new Lb(stack, "nlb", {
    name: `${settings.name}-fleet`,
    loadBalancerType: "network",
    subnets: network.publicSubnets.map(({ id }) => id),
    securityGroups: [firewall.id],
    enableCrossZoneLoadBalancing: true,
    dependsOn: [...network.ready],
  });
  accept(balancer, {
    CKV_AWS_91: "it logs TLS connections alone; the balancers have an access log",
    CKV_AWS_150: "destroyed by one command with the rest of the stack",
  });
  const targets = new LbTargetGroup(stack, "nlb-balancers", {
    name: `${settings.name}-fleet`,
    vpcId: network.vpc.id,
    port: 80,
    protocol: "TCP",
    preserveClientIp: "true",
    // As long as a balancer that ends lets open requests finish.
    deregistrationDelay: "30",
    healthCheck: {
      protocol: "HTTP",
      port: String(fleetHealthPort),
      path: "/status",
      matcher: "200",
      interval: 10,
      timeout: 5,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
    },
  });
  const secure = certificateArn === undefined ? {} : { protocol: "TLS", certificateArn, sslPolicy };
  const port = certificateArn === undefined ? 80 : 443;
  allowFromNetwork(settings.allowedCidr, firewall, port, "Clients");
  new LbListener(stack, "nlb-listener", {
    loadBalancerArn: balancer.arn,
    port,
    protocol: "TCP",
    ...secure,
    defaultAction: [{ type: "forward", targetGroupArn: targets.arn }],
  });
  if (certificateArn === undefined)
    accept(balancer, { CKV2_AWS_20: "HTTPS needs a certificate: the setting tls.certificateArn" });
  return {
    url: `${certificateArn === undefined ? "http" : "https"}://${balancer.dnsName}`,
    targetGroupArn: targets.arn,
  };
}
