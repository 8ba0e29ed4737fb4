import { relative, resolve } from "node:path";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import { App, type TerraformStack } from "cdktf";
import type { Artifacts, ProgramName } from "../artifacts.ts";
import type { Settings } from "../settings.ts";
import { accept } from "./accept.ts";

/** The bucket with both executables, each under a key that holds its hash. */
export interface Release {
  readonly bucket: S3Bucket;
  readonly programs: Readonly<Record<ProgramName, Program>>;
}

export interface Program {
  readonly object: S3Object;
  readonly sha256: string;
}

/** A bucket of the stack's own, so that destroying the stack leaves nothing. */
export function createRelease(stack: TerraformStack, settings: Settings, artifacts: Artifacts): Release {
  const bucket = new S3Bucket(stack, "release", {
    bucketPrefix: `${settings.name}-${stack.node.id}-`,
    forceDestroy: true,
  });
  accept(bucket, {
    CKV_AWS_18: "who may read are this stack's instances; a log would need a second bucket",
    CKV_AWS_144: "holds what the next build or deploy makes again",
    CKV_AWS_145: "encrypted with S3's own key: executables are no secret, and a key of KMS has a price",
    CKV2_AWS_62: "nothing has to happen when an executable is uploaded",
  });
  new S3BucketPublicAccessBlock(stack, "release-private", {
    bucket: bucket.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  new S3BucketOwnershipControls(stack, "release-owner", {
    bucket: bucket.id,
    rule: { objectOwnership: "BucketOwnerEnforced" },
  });
  new S3BucketServerSideEncryptionConfigurationA(stack, "release-encryption", {
    bucket: bucket.id,
    rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
  });
  const versioning = new S3BucketVersioningA(stack, "release-versions", {
    bucket: bucket.id,
    versioningConfiguration: { status: "Enabled" },
  });
  new S3BucketLifecycleConfiguration(stack, "release-lifecycle", {
    bucket: bucket.id,
    rule: [
      {
        id: "old-versions",
        status: "Enabled",
        filter: [{}],
        noncurrentVersionExpiration: [{ noncurrentDays: 30 }],
        abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
      },
    ],
    dependsOn: [versioning],
  });
  new S3BucketPolicy(stack, "release-policy", { bucket: bucket.id, policy: overTlsOnly(stack, bucket) });
  const program = (name: ProgramName): Program => {
    const { file, sha256 } = artifacts[name];
    const object = new S3Object(stack, `${name}-program`, {
      bucket: bucket.id,
      key: `${name}/${sha256}`,
      source: fromStackFolder(stack, file),
      checksumAlgorithm: "SHA256",
      // Instances of the last build may still start while they are replaced.
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [versioning],
    });
    return { object, sha256 };
  };
  return { bucket, programs: { balancer: program("balancer"), backend: program("backend") } };
}

function overTlsOnly(stack: TerraformStack, bucket: S3Bucket): string {
  return new DataAwsIamPolicyDocument(stack, "release-over-tls", {
    statement: [
      {
        sid: "OverTlsOnly",
        effect: "Deny",
        principals: [{ type: "*", identifiers: ["*"] }],
        actions: ["s3:*"],
        resources: [bucket.arn, `${bucket.arn}/*`],
        condition: [{ test: "Bool", variable: "aws:SecureTransport", values: ["false"] }],
      },
    ],
  }).json;
}

/** A path that is the same on every machine: the state holds it. */
function fromStackFolder(stack: TerraformStack, file: string): string {
  const folder = resolve(App.of(stack).outdir, "stacks", stack.node.id);
  return `\${path.module}/${relative(folder, file)}`;
}
