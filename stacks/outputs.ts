import { TerraformOutput, type TerraformStack } from "cdktf";

/** What `terraform output` gives of each stack; the names are an interface. */
export interface Outputs {
  readonly region: string;
  /** Where clients of `lab` and `fleet` go. */
  readonly balancerUrl?: string;
  /** Where clients of `primes` go. */
  readonly frontendUrl?: string;
  /** The state of all targets, where it is public. */
  readonly statusUrl?: string;
  /** The same clusters behind the Application Load Balancer. */
  readonly albUrl?: string;
  /** The bucket with the executables. */
  readonly bucket: string;
  /** Instances that stand alone, by what they are. */
  readonly instanceIds: Readonly<Record<string, readonly string[]>>;
  /** Auto Scaling groups, by what they are. */
  readonly instanceGroups: Readonly<Record<string, string>>;
}

/** Writes `outputs` into the stack, under exactly these names. */
export function writeOutputs(stack: TerraformStack, outputs: Outputs): void {
  for (const [name, value] of Object.entries(outputs)) {
    if (value !== undefined) new TerraformOutput(stack, name, { value, staticId: true });
  }
}
