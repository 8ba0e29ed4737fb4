import type { Instance } from "@cdktf/provider-aws/lib/instance";
import { Lb } from "@cdktf/provider-aws/lib/lb";
import { LbListener } from "@cdktf/provider-aws/lib/lb-listener";
import { LbListenerRule } from "@cdktf/provider-aws/lib/lb-listener-rule";
import { LbTargetGroup } from "@cdktf/provider-aws/lib/lb-target-group";
import { LbTargetGroupAttachment } from "@cdktf/provider-aws/lib/lb-target-group-attachment";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import type { TerraformStack } from "cdktf";
import { backendPort, type ClusterName, clusters } from "../balancer-config.ts";
import type { Settings } from "../settings.ts";
import { accept } from "./accept.ts";
import { allow, allowFromNetwork, securityGroup } from "./firewall.ts";
import type { Network } from "./network.ts";
import { sslPolicy } from "./ssl-policy.ts";

/** The managed peer: the same clusters under the same paths. Gives its URL. */
export function createApplicationLoadBalancer(
  stack: TerraformStack,
  settings: Settings,
  network: Network,
  atBackends: SecurityGroup,
  members: Readonly<Record<ClusterName, readonly Instance[]>>,
): string {
  const { certificateArn } = settings.tls;
  const firewall = securityGroup(stack, network, "alb", "The Application Load Balancer");
  allow(firewall, atBackends, backendPort, "Requests and health checks");
  for (const port of certificateArn === undefined ? [80] : [80, 443])
    allowFromNetwork(settings.allowedCidr, firewall, port, "Clients");

  const balancer = new Lb(stack, "alb", {
    name: `${settings.name}-lab`,
    loadBalancerType: "application",
    subnets: network.publicSubnets.map(({ id }) => id),
    securityGroups: [firewall.id],
    dropInvalidHeaderFields: true,
    dependsOn: [...network.ready],
  });
  accept(balancer, {
    CKV_AWS_91: "the benchmark counts what it sends; logs would need a bucket and have a price",
    CKV_AWS_150: "destroyed by one command with the rest of the lab",
    CKV2_AWS_28: "a web application firewall would be measured too, and has a price",
  });

  const listener = publicListener(stack, balancer, certificateArn);
  clusters.forEach((name, index) => {
    const group = targetGroup(stack, settings, network, name, members[name]);
    new LbListenerRule(stack, `alb-${name}-rule`, {
      listenerArn: listener.arn,
      priority: index + 1,
      condition: [{ pathPattern: { values: [`/${name}`, `/${name}/*`] } }],
      action: [{ type: "forward", targetGroupArn: group.arn }],
    });
  });
  return `${certificateArn === undefined ? "http" : "https"}://${balancer.dnsName}`;
}

/** Any path but the clusters' is answered as the balancer does. */
const notFound = {
  type: "fixed-response",
  fixedResponse: { contentType: "text/plain", statusCode: "404", messageBody: "no such path" },
};

/** The listener that takes the rules: HTTPS where there is a certificate, and HTTP leads there. */
function publicListener(stack: TerraformStack, balancer: Lb, certificateArn: string | undefined): LbListener {
  if (certificateArn === undefined) {
    const http = new LbListener(stack, "alb-http", {
      loadBalancerArn: balancer.arn,
      port: 80,
      protocol: "HTTP",
      defaultAction: [notFound],
    });
    accept(http, {
      CKV_AWS_2: "HTTPS needs a certificate: the setting tls.certificateArn",
      CKV_AWS_103: "HTTPS needs a certificate: the setting tls.certificateArn",
    });
    accept(balancer, { CKV2_AWS_20: "HTTPS needs a certificate: the setting tls.certificateArn" });
    return http;
  }
  new LbListener(stack, "alb-http", {
    loadBalancerArn: balancer.arn,
    port: 80,
    protocol: "HTTP",
    defaultAction: [
      { type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } },
    ],
  });
  return new LbListener(stack, "alb-https", {
    loadBalancerArn: balancer.arn,
    port: 443,
    protocol: "HTTPS",
    certificateArn,
    sslPolicy,
    defaultAction: [notFound],
  });
}

function targetGroup(
  stack: TerraformStack,
  settings: Settings,
  network: Network,
  name: ClusterName,
  members: readonly Instance[],
): LbTargetGroup {
  const group = new LbTargetGroup(stack, `alb-${name}`, {
    name: `${settings.name}-${name}`,
    vpcId: network.vpc.id,
    port: backendPort,
    protocol: "HTTP",
    loadBalancingAlgorithmType: settings.lab.albAlgorithm,
    deregistrationDelay: "30",
    healthCheck: {
      path: "/health",
      matcher: "200-399",
      interval: 5,
      timeout: 2,
      healthyThreshold: 2,
      unhealthyThreshold: 3,
    },
  });
  accept(group, { CKV_AWS_378: "inside the VPC, as between the balancer and its targets" });
  members.forEach((instance, index) => {
    new LbTargetGroupAttachment(stack, `alb-${name}-${index + 1}`, {
      targetGroupArn: group.arn,
      targetId: instance.id,
      port: backendPort,
    });
  });
  return group;
}
