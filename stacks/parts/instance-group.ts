import { AutoscalingGroup, type AutoscalingGroupConfig } from "@cdktf/provider-aws/lib/autoscaling-group";
import { LaunchTemplate } from "@cdktf/provider-aws/lib/launch-template";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Fn, type ITerraformDependable, TerraformLocal, type TerraformStack } from "cdktf";
import type { Settings } from "../settings.ts";
import { stackTags } from "../tags.ts";
import { imageParameter, type Machine, metadataOptions, volume } from "./machine.ts";

export interface GroupSize {
  readonly min: number;
  readonly max: number;
}

export interface GroupPlace {
  /** Instances are spread over these. */
  readonly subnets: readonly Subnet[];
  readonly after: readonly ITerraformDependable[];
  /** Load balancers that an instance has to answer before it counts. Left out: that it runs is enough. */
  readonly targetGroupArns?: readonly string[];
}

/** An Auto Scaling group; a new build replaces its instances a few at a time. */
export function createInstanceGroup(
  stack: TerraformStack,
  settings: Settings,
  id: string,
  machine: Machine,
  size: GroupSize,
  place: GroupPlace,
): AutoscalingGroup {
  // Default tags don't reach what a template makes.
  const tags = { ...stackTags(settings, stack.node.id), ...machine.tags };
  // A value of its own stays readable, and needs no escaping inside a function's quotes.
  const userData = new TerraformLocal(stack, `${id}-user-data`, machine.userData);
  const template = new LaunchTemplate(stack, `${id}-template`, {
    namePrefix: `${settings.name}-${stack.node.id}-${id}-`,
    // Looked up at every launch, so that new instances have the newest image and the template stays as it is.
    imageId: `resolve:ssm:${imageParameter}`,
    instanceType: machine.instanceType,
    iamInstanceProfile: { arn: machine.role.profile.arn },
    vpcSecurityGroupIds: [machine.firewall.id],
    userData: Fn.base64encode(userData.asString),
    updateDefaultVersion: true,
    // The group replaces an instance that powered itself off.
    instanceInitiatedShutdownBehavior: "terminate",
    monitoring: { enabled: true },
    metadataOptions,
    blockDeviceMappings: [
      {
        deviceName: "/dev/xvda",
        ebs: { ...volume, encrypted: "true", deleteOnTermination: "true" },
      },
    ],
    tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
      resourceType,
      tags,
    })),
    dependsOn: [machine.role.policy, ...place.after],
  });
  return new AutoscalingGroup(stack, `${id}-group`, {
    namePrefix: `${settings.name}-${stack.node.id}-${id}-`,
    minSize: size.min,
    maxSize: size.max,
    vpcZoneIdentifier: place.subnets.map((subnet) => subnet.id),
    launchTemplate: { id: template.id, version: Fn.tostring(template.latestVersion) },
    ...healthCheck(place),
    instanceRefresh: { strategy: "Rolling", preferences: { minHealthyPercentage: 50 } },
    tag: Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
  });
}

function healthCheck({ targetGroupArns }: GroupPlace): Partial<AutoscalingGroupConfig> {
  if (targetGroupArns === undefined) return { healthCheckType: "EC2", defaultInstanceWarmup: 60 };
  return {
    healthCheckType: "ELB",
    healthCheckGracePeriod: 120,
    defaultInstanceWarmup: 60,
    targetGroupArns: [...targetGroupArns],
  };
}
