import { join } from "node:path";
import { type Outcome, success } from "../bench/outcome.ts";
import { pause } from "../bench/pause.ts";
import type { Artifacts } from "../stacks/artifacts.ts";
import { stackTags } from "../stacks/tags.ts";
import { billText, partOf } from "./bill.ts";
import { changeStack } from "./change-stack.ts";
import { exitCodes } from "./help.ts";
import { findTagged } from "./leftovers.ts";
import type { Options } from "./options.ts";
import { countByType } from "./resource-count.ts";
import { plan } from "./terraform.ts";
import type { Change } from "./terraform-events.ts";
import { begin, complain, type Prepared, prepare, say, type Work } from "./work.ts";

const lookAgainMs = 5000;

/** Executables that need not be there: what was uploaded goes by the state. */
const anyArtifacts: Artifacts = {
  balancer: { file: join("dist", "balancer"), sha256: "0".repeat(64) },
  backend: { file: join("dist", "backend"), sha256: "0".repeat(64) },
};

/** What `--json` prints. */
interface DownReport {
  readonly stack: string;
  /** Terraform's addresses of what was, or without --confirm would be, destroyed. */
  readonly resources: readonly string[];
  readonly destroyed: boolean;
  /** ARNs of what has the stack's tags still; undefined where nobody has looked. */
  readonly remaining?: readonly string[];
}

/**
 * `bun run aws down`: resolves to the exit code. `print` takes the JSON, where that is wanted. AWS's list of tags gets
 * `patienceMs` to forget what was destroyed.
 */
export async function down(
  work: Work,
  { confirm, json }: Pick<Options, "confirm" | "json">,
  print: (text: string) => void,
  patienceMs = 120_000,
): Promise<number> {
  const { stack, signal } = work;
  const report = (told: Omit<DownReport, "stack">) => {
    if (json) print(JSON.stringify({ stack, ...told }));
  };
  const planned = await planDown(work);
  if (!planned.ok) {
    complain(work, planned.fault);
    return exitCodes.notBegun;
  }
  const { prepared, changes } = planned.value;
  const addresses = changes.map(({ address }) => address);
  if (addresses.length === 0) say(work, `Terraform's state has nothing of ${stack}.`);
  else {
    const there = new Set(addresses);
    say(work, `To be destroyed: ${addresses.length} resources: ${countByType(addresses)}`);
    say(work, `\n${billText(partOf(prepared.synthesized, (address) => there.has(address)))}\n`);
    if (!confirm) {
      say(work, `Nothing was destroyed: bun run aws down --confirm ${stack} does it.`);
      report({ resources: addresses, destroyed: false });
      return exitCodes.notAgreed;
    }
    const changed = await changeStack(work, prepared, changes);
    if (!changed.ok) return exitCodes.failed;
  }
  const remaining = await remainingAfter(work, addresses.length > 0 ? patienceMs : 0);
  signal.throwIfAborted();
  if (!remaining.ok) {
    complain(work, remaining.fault);
    return exitCodes.failed;
  }
  report({ resources: addresses, destroyed: addresses.length > 0, remaining: remaining.value });
  if (remaining.value.length === 0) {
    say(work, `Nothing with the tags of ${stack} is there.`);
    return exitCodes.done;
  }
  complain(work, remainsText(work, remaining.value));
  return exitCodes.failed;
}

async function planDown(
  work: Work,
): Promise<Outcome<{ readonly prepared: Prepared; readonly changes: readonly Change[] }>> {
  const program = await begin(work);
  if (!program.ok) return program;
  say(work, "preparing Terraform");
  const prepared = await prepare(work, program.value, anyArtifacts);
  if (!prepared.ok) return prepared;
  if (prepared.value.present.length === 0) return success({ prepared: prepared.value, changes: [] });
  say(work, "planning");
  const made = await plan(prepared.value.terraform, "destroy", work.signal);
  work.signal.throwIfAborted();
  return made.ok ? success({ prepared: prepared.value, changes: made.value.changes }) : made;
}

/** The tagged resources that are there at the end. */
async function remainingAfter(
  { settings, stack, signal }: Work,
  patienceMs: number,
): Promise<Outcome<readonly string[]>> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const found = await findTagged(settings.region, stackTags(settings, stack), signal);
    if (!found.ok || found.value.length === 0 || performance.now() >= deadlineMs) return found;
    await pause(Math.min(lookAgainMs, patienceMs), signal);
    signal.throwIfAborted();
  }
}

function remainsText({ settings, stack }: Work, arns: readonly string[]): string {
  const tags = Object.entries(stackTags(settings, stack)).map(([name, value]) => `${name}=${value}`);
  return [
    `${arns.length} resources with the tags ${tags.join(" and ")} remain, and Terraform's state does not have them:`,
    ...arns.map((arn) => `  ${arn}`),
    "Remove them in the console or with the AWS CLI. AWS may list for some minutes what has just been destroyed: the same command looks again.",
  ].join("\n");
}
