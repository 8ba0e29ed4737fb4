import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import type { Artifacts } from "../artifacts.ts";
import { createStacks } from "../create-stacks.ts";
import { readSettings } from "../read-settings.ts";
import type { StackName } from "../stack-names.ts";

/** A block of synthesized Terraform. */
export type Block = Readonly<Record<string, unknown>>;

/** By type, then by name. */
export type Blocks = Readonly<Record<string, Readonly<Record<string, Block>>>>;

/** What is read of a stack's cdk.tf.json. */
export interface Synthesized {
  readonly resource: Blocks;
  readonly data: Blocks;
  readonly locals: Readonly<Record<string, string>>;
  readonly output: Readonly<Record<string, { readonly value: unknown }>>;
  readonly provider: { readonly aws: readonly Block[] };
  readonly terraform: Block & { readonly backend?: Block };
  /** Findings of checkov that stand: by the element's name, then by the check, the reason. */
  readonly accepted: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Executables that nobody runs. */
export const artifacts: Artifacts = {
  balancer: { file: "/build/dist/balancer", sha256: "b".repeat(64) },
  backend: { file: "/build/dist/backend", sha256: "e".repeat(64) },
};

/** One stack, with settings as cdktf.json has them. */
export function synthesize(
  name: StackName,
  context: object = {},
  programs: Artifacts = artifacts,
): Synthesized {
  const read = readSettings(context, {});
  if (!read.ok) throw new Error(read.faults.join("\n"));
  const outdir = mkdtempSync(join(tmpdir(), "ballast-stacks-"));
  try {
    const app = new App({ outdir });
    createStacks(app, read.settings, programs, [name]);
    app.synth();
    const text = readFileSync(join(outdir, "stacks", name, "cdk.tf.json"), "utf8");
    const { resource, data, locals = {}, output, provider, terraform, "//": comment } = JSON.parse(text);
    return { resource, data, locals, output, provider, terraform, accepted: comment.accepted };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** All of one type, by name. */
export const all = ({ resource }: Pick<Synthesized, "resource">, type: string) =>
  Object.entries(resource[type] ?? {});

/** Options that change what is made, with a name for the test. */
export const variants: readonly (readonly [string, StackName, object])[] = [
  ["lab", "lab", {}],
  ["lab with alb", "lab", { lab: { alb: true } }],
  [
    "lab with alb and TLS",
    "lab",
    {
      lab: { alb: true },
      tls: {
        certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/c-1",
        secretArn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:lab-AbCdEf",
      },
    },
  ],
  ["lab with the policy cloudwatch", "lab", { policy: "cloudwatch" }],
  ["lab without Session Manager", "lab", { sessionManager: false }],
  ["lab with remote state", "lab", { state: { bucket: "our-state" } }],
  [
    "lab, small, elsewhere",
    "lab",
    {
      name: "two",
      region: "eu-central-1",
      network: "10.99.0.0/16",
      allowedCidr: "203.0.113.0/24",
      lab: { balancerType: "c6i.large", cluster1: { type: "t3.small", count: 1 }, cluster2: { count: 2 } },
    },
  ],
  ["primes", "primes", {}],
  ["primes without Session Manager", "primes", { sessionManager: false }],
  ["fleet", "fleet", {}],
  [
    "fleet with TLS",
    "fleet",
    { tls: { certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/c-1" } },
  ],
];
