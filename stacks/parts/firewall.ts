import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { TerraformStack } from "cdktf";
import { accept } from "./accept.ts";
import type { Network } from "./network.ts";

/** A security group without rules; it has those of the functions below and no others. */
export function securityGroup(
  stack: TerraformStack,
  { vpc }: Network,
  id: string,
  description: string,
): SecurityGroup {
  return new SecurityGroup(stack, `${id}-security-group`, {
    // A name changes when a group has to be replaced, so that old and new can stand side by side.
    namePrefix: `${id}-`,
    description,
    vpcId: vpc.id,
    tags: { Name: id },
    lifecycle: { createBeforeDestroy: true },
  });
}

/** TCP to `port` from whoever has one group to whoever has the other: out there, in here. */
export function allow(from: SecurityGroup, to: SecurityGroup, port: number, what: string): void {
  const rule = { ipProtocol: "tcp", fromPort: port, toPort: port, description: what };
  const id = `${nameOf(from)}-to-${nameOf(to)}-${port}`;
  new VpcSecurityGroupEgressRule(TerraformStack.of(from), `${id}-out`, {
    ...rule,
    securityGroupId: from.id,
    referencedSecurityGroupId: to.id,
  });
  const ingress = new VpcSecurityGroupIngressRule(TerraformStack.of(to), `${id}-in`, {
    ...rule,
    securityGroupId: to.id,
    referencedSecurityGroupId: from.id,
  });
  if (port === 80)
    accept(ingress, { CKV_AWS_260: "from a security group; the check does not know the argument" });
}

/** TCP to `port` from a network outside, such as the world. */
export function allowFromNetwork(cidr: string, to: SecurityGroup, port: number, what: string): void {
  const rule = new VpcSecurityGroupIngressRule(TerraformStack.of(to), `network-to-${nameOf(to)}-${port}-in`, {
    ipProtocol: "tcp",
    fromPort: port,
    toPort: port,
    description: what,
    securityGroupId: to.id,
    cidrIpv4: cidr,
  });
  if (port === 80) accept(rule, { CKV_AWS_260: "a public service; the setting allowedCidr narrows it" });
}

/** HTTPS to S3, through the network's endpoint. */
export function allowS3(from: SecurityGroup, { s3 }: Network): void {
  new VpcSecurityGroupEgressRule(TerraformStack.of(from), `${nameOf(from)}-to-s3-out`, {
    ipProtocol: "tcp",
    fromPort: 443,
    toPort: 443,
    description: "S3, for the executable",
    securityGroupId: from.id,
    prefixListId: s3.prefixListId,
  });
}

/** HTTPS to anywhere, for an instance in a public subnet: the APIs of AWS have no fixed addresses. */
export function allowAwsApis(from: SecurityGroup): void {
  new VpcSecurityGroupEgressRule(TerraformStack.of(from), `${nameOf(from)}-to-aws-out`, {
    ipProtocol: "tcp",
    fromPort: 443,
    toPort: 443,
    description: "the APIs of AWS",
    securityGroupId: from.id,
    cidrIpv4: "0.0.0.0/0",
  });
}

const nameOf = (group: SecurityGroup) => group.node.id.replace(/-security-group$/, "");
