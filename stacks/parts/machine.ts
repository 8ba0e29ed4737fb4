import { DataAwsSsmParameter } from "@cdktf/provider-aws/lib/data-aws-ssm-parameter";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import type { TerraformStack } from "cdktf";
import type { InstanceRole } from "./role.ts";

/** What an instance is, whether it stands alone or in a group. */
export interface Machine {
  readonly instanceType: string;
  readonly role: InstanceRole;
  readonly firewall: SecurityGroup;
  readonly userData: string;
  /** By which discovery finds it, and its name. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Public parameter with the newest Amazon Linux 2023. */
export const imageParameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";

/** The id of the image that instances start from; one look for a stack. */
export function imageId(stack: TerraformStack): string {
  const existing = stack.node.tryFindChild("image");
  const parameter =
    existing instanceof DataAwsSsmParameter
      ? existing
      : new DataAwsSsmParameter(stack, "image", { name: imageParameter });
  // `value` is the same, marked as a secret.
  return parameter.insecureValue;
}

/** IMDSv2 alone, and for the machine itself: not for what might run in a container on it. */
export const metadataOptions = {
  httpEndpoint: "enabled",
  httpTokens: "required",
  httpPutResponseHopLimit: 1,
} as const;

/** The smallest volume that the image fits on. */
export const volume = { volumeType: "gp3", volumeSize: 8, encrypted: true as boolean } as const;
