import { Eip } from "@cdktf/provider-aws/lib/eip";
import { Instance } from "@cdktf/provider-aws/lib/instance";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet";
import type { ITerraformDependable, TerraformStack } from "cdktf";
import { accept } from "./accept.ts";
import { imageId, type Machine, metadataOptions, volume } from "./machine.ts";
import type { Network } from "./network.ts";

export interface Place {
  readonly subnet: Subnet;
  /** An address that a replaced instance has again. */
  readonly privateIp?: string;
  /** What has to be there before the instance starts. */
  readonly after: readonly ITerraformDependable[];
}

/** One instance; new user-data, and so a new build, replaces it. */
export function createInstance(stack: TerraformStack, id: string, machine: Machine, place: Place): Instance {
  const instance = new Instance(stack, id, {
    ami: imageId(stack),
    instanceType: machine.instanceType,
    subnetId: place.subnet.id,
    ...(place.privateIp === undefined ? {} : { privateIp: place.privateIp }),
    vpcSecurityGroupIds: [machine.firewall.id],
    iamInstanceProfile: machine.role.profile.name,
    userData: machine.userData,
    userDataReplaceOnChange: true,
    // User-data that failed powers the machine off: it is to be seen, not to vanish.
    instanceInitiatedShutdownBehavior: "stop",
    monitoring: true,
    metadataOptions,
    rootBlockDevice: { ...volume, tags: machine.tags },
    tags: machine.tags,
    // A newer image is for the next instance: a deploy of the same build replaces none.
    lifecycle: { ignoreChanges: ["ami"] },
    dependsOn: [machine.role.policy, ...place.after],
  });
  accept(instance, { CKV_AWS_135: "t2 has no EBS optimization, newer types always have it" });
  return instance;
}

/** A public address that stays when the instance is replaced. */
export function publicAddress(stack: TerraformStack, network: Network, instance: Instance): Eip {
  const { id } = instance.node;
  return new Eip(stack, `${id}-address`, {
    domain: "vpc",
    instance: instance.id,
    tags: { Name: id },
    dependsOn: [...network.ready],
  });
}
