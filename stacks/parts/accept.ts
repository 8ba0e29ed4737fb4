import { type TerraformElement, TerraformStack } from "cdktf";

/**
 * Findings of checkov that stand, each with the reason. They are written into the synthesized stack's comment, where
 * the scan looks them up (`stacks/policy-scan.test.ts`): checkov itself knows no suppressions in JSON.
 */
export function accept(element: TerraformElement, findings: Readonly<Record<string, string>>): void {
  for (const [check, reason] of Object.entries(findings))
    TerraformStack.of(element).addOverride(`//.accepted.${element.node.id}.${check}`, reason);
}
