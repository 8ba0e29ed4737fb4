import { join } from "node:path";
import { App } from "cdktf";
import type { ProgressStream } from "../bench/commands/progress.ts";
import { type Outcome, success } from "../bench/outcome.ts";
import type { Artifacts } from "../stacks/artifacts.ts";
import type { Priced } from "../stacks/costs.ts";
import { createStacks } from "../stacks/create-stacks.ts";
import type { Settings } from "../stacks/settings.ts";
import type { StackName } from "../stacks/stack-names.ts";
import { checkAccount } from "./account.ts";
import { findTerraform, init, resourcesInState, type Terraform } from "./terraform.ts";

/** What both commands work on, and what they need of the world around. */
export interface Work {
  readonly settings: Settings;
  readonly stack: StackName;
  /** Where stacks are synthesized to; each has a folder below it. */
  readonly outdir: string;
  /** Takes what people are to read. */
  readonly stream: ProgressStream;
  /** Takes what went wrong. */
  readonly errors: ProgressStream;
  readonly signal: AbortSignal;
}

/** A stack that Terraform can work on. */
export interface Prepared {
  readonly terraform: Terraform;
  /** As synthesized. */
  readonly synthesized: Priced;
  /** Addresses of its resources that are there. */
  readonly present: readonly string[];
}

export function say({ stream }: Pick<Work, "stream">, text: string): void {
  stream.write(`${text}\n`);
}

export function complain({ errors }: Pick<Work, "errors">, fault: string): void {
  errors.write(`aws: ${fault}\n`);
}

/** Finds Terraform and the account, which are the first things to be missing; gives Terraform's program. */
export async function begin(work: Work): Promise<Outcome<string>> {
  const { settings, stack, signal } = work;
  const program = await findTerraform();
  if (!program.ok) return program;
  const account = await checkAccount(settings.region, signal);
  if (!account.ok) return account;
  const { id, arn } = account.value;
  say(work, `${stack} of "${settings.name}" in ${settings.region}, account ${id} (${arn})`);
  return program;
}

/** Synthesizes the stack and opens its state. */
export async function prepare(
  { settings, stack, outdir, signal }: Work,
  program: string,
  artifacts: Artifacts,
): Promise<Outcome<Prepared>> {
  const app = new App({ outdir });
  createStacks(app, settings, artifacts, [stack]);
  app.synth();
  const terraform = { program, folder: join(outdir, "stacks", stack) };
  const synthesized: Priced = await Bun.file(join(terraform.folder, "cdk.tf.json")).json();
  const ready = await init(terraform, signal);
  signal.throwIfAborted();
  if (!ready.ok) return ready;
  const present = await resourcesInState(terraform);
  return present.ok ? success({ terraform, synthesized, present: present.value }) : present;
}
