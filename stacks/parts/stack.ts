import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { type App, S3Backend, TerraformStack } from "cdktf";
import type { Settings } from "../settings.ts";
import { stackTags } from "../tags.ts";

/** An empty stack with its provider and, where it is set, its remote state. */
export function newStack(app: App, id: string, settings: Settings): TerraformStack {
  const stack = new TerraformStack(app, id);
  new AwsProvider(stack, "aws", {
    region: settings.region,
    defaultTags: [{ tags: stackTags(settings, id) }],
  });
  const { bucket, region, prefix } = settings.state;
  if (bucket !== undefined) {
    new S3Backend(stack, {
      bucket,
      key: `${prefix}/${settings.name}/${id}.tfstate`,
      region: region ?? settings.region,
      encrypt: true,
    });
    // cdktf 0.21 has no argument for it. Terraform knows it from 1.10 on, and says so before that.
    stack.addOverride("terraform.backend.s3.use_lockfile", true);
  }
  return stack;
}
