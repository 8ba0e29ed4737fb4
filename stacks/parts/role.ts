import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { TerraformStack } from "cdktf";
import type { ProgramName } from "../artifacts.ts";
import { metricNamespace } from "../balancer-config.ts";
import type { Settings } from "../settings.ts";
import { accept } from "./accept.ts";
import type { Release } from "./release.ts";

type Statement = DataAwsIamPolicyDocumentStatement;

/** What an instance may do. */
export interface InstanceRole {
  readonly profile: IamInstanceProfile;
  /** Instances have to wait for it: their first act is to fetch their executable. */
  readonly policy: IamRolePolicy;
}

/** The role `id` for instances, with these statements and no others. */
function createRole(
  stack: TerraformStack,
  settings: Settings,
  id: string,
  statements: readonly Statement[],
): InstanceRole {
  const namePrefix = `${settings.name}-${stack.node.id}-`;
  const role = new IamRole(stack, `${id}-role`, {
    namePrefix,
    assumeRolePolicy: new DataAwsIamPolicyDocument(stack, `${id}-trust`, {
      statement: [
        {
          effect: "Allow",
          actions: ["sts:AssumeRole"],
          principals: [{ type: "Service", identifiers: ["ec2.amazonaws.com"] }],
        },
      ],
    }).json,
  });
  const permissions = new DataAwsIamPolicyDocument(stack, `${id}-permissions`, {
    statement: [...statements, ...(settings.sessionManager ? [sessionManager] : [])],
  });
  if (settings.sessionManager) {
    accept(permissions, {
      CKV_AWS_111: "the actions of Session Manager's agent, as AWS lists them for least privilege",
      CKV_AWS_356: "the actions of Session Manager's agent, as AWS lists them for least privilege",
    });
  }
  const policy = new IamRolePolicy(stack, `${id}-policy`, {
    namePrefix,
    role: role.id,
    policy: permissions.json,
  });
  const profile = new IamInstanceProfile(stack, `${id}-profile`, { namePrefix, role: role.name });
  return { profile, policy };
}

/** For an instance that runs a backend, or the frontend, which is the same program. */
export function createBackendRole(
  stack: TerraformStack,
  settings: Settings,
  release: Release,
  id = "backend",
): InstanceRole {
  return createRole(stack, settings, id, [readProgram(release, "backend")]);
}

/** For an instance that runs a balancer; `more` is what one kind of balancer may do beside that. */
export function createBalancerRole(
  stack: TerraformStack,
  settings: Settings,
  release: Release,
  more: readonly Statement[] = [],
): InstanceRole {
  return createRole(stack, settings, "balancer", [
    readProgram(release, "balancer"),
    findInstances(settings),
    publishMetrics,
    ...readMetrics(settings),
    ...more,
  ]);
}

/** Reading one program: its prefix of the stack's bucket. */
function readProgram({ bucket }: Release, name: ProgramName): Statement {
  return {
    sid: "ReadProgram",
    effect: "Allow",
    actions: ["s3:GetObject"],
    resources: [`${bucket.arn}/${name}/*`],
  };
}

/** Discovery. The action knows no resources; the region narrows it. */
function findInstances({ region }: Settings): Statement {
  return {
    sid: "FindInstances",
    effect: "Allow",
    actions: ["ec2:DescribeInstances"],
    resources: ["*"],
    condition: [{ test: "StringEquals", variable: "ec2:Region", values: [region] }],
  };
}

/** Publishing, in the product's namespace alone. */
const publishMetrics: Statement = {
  sid: "PublishMetrics",
  effect: "Allow",
  actions: ["cloudwatch:PutMetricData"],
  resources: ["*"],
  condition: [{ test: "StringEquals", variable: "cloudwatch:namespace", values: [metricNamespace] }],
};

/** What the policy `cloudwatch` reads; AWS has neither resources nor conditions for it. Other policies do without. */
function readMetrics({ policy }: Settings): Statement[] {
  if (policy !== "cloudwatch") return [];
  return [{ sid: "ReadMetrics", effect: "Allow", actions: ["cloudwatch:GetMetricData"], resources: ["*"] }];
}

/** The certificate of the lab's balancer, where one is set. */
export function readCertificate({ tls }: Settings): Statement[] {
  if (tls.secretArn === undefined) return [];
  return [
    {
      sid: "ReadCertificate",
      effect: "Allow",
      actions: ["secretsmanager:GetSecretValue"],
      resources: [tls.secretArn],
    },
  ];
}

/** The least that Session Manager needs, less than AWS's managed policy; none of it knows resources. */
const sessionManager: Statement = {
  sid: "SessionManager",
  effect: "Allow",
  actions: [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
  ],
  resources: ["*"],
};
