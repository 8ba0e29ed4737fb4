import { type Outcome, success } from "../bench/outcome.ts";
import type { Artifacts } from "../stacks/artifacts.ts";
import type { Outputs } from "../stacks/outputs.ts";
import { benchArguments, benchFault } from "./bench-arguments.ts";
import { billText, partOf } from "./bill.ts";
import { changeStack } from "./change-stack.ts";
import { exitCodes } from "./help.ts";
import type { Options } from "./options.ts";
import { checkQuotas } from "./quotas.ts";
import { lookAt } from "./readiness.ts";
import { countByType } from "./resource-count.ts";
import { stackOutputs } from "./stack-outputs.ts";
import { type Plan, plan } from "./terraform.ts";
import type { Change } from "./terraform-events.ts";
import { waitUntilReady } from "./wait.ts";
import { begin, complain, type Prepared, prepare, say, type Work } from "./work.ts";

/** What takes long, or is a person. */
export interface UpTools {
  /** Compiles for the instances. */
  build(): Promise<Outcome<Artifacts>>;
  /** Whether somebody agrees; undefined when there is nobody to ask. */
  ask(question: string): Promise<boolean | undefined>;
  /** Runs the benchmark; its exit code. */
  bench(args: readonly string[]): Promise<number>;
  /** Takes the outputs, where they are wanted as JSON. */
  print(text: string): void;
}

/** `bun run aws up`: resolves to the exit code. */
export async function up(work: Work, options: Options, tools: UpTools): Promise<number> {
  // What would be noticed otherwise when the stack has been made and costs.
  const fault = benchFault(work.stack, work.settings, options.benchArgs);
  if (fault !== undefined) {
    complain(work, `options of bench behind --: ${fault}`);
    return exitCodes.notAgreed;
  }
  const planned = await planUp(work, tools);
  if (!planned.ok) {
    complain(work, planned.fault);
    return exitCodes.notBegun;
  }
  const { prepared, plan: toDo } = planned.value;
  say(work, summaryOf(toDo.changes));
  if (toDo.changes.length > 0) {
    say(work, `\n${billText(prepared.synthesized)}\n`);
    if (!(await isAgreed(work, options, tools))) return exitCodes.notAgreed;
  }
  if (toDo.changes.length > 0 || toDo.changesOutputs) {
    const changed = await changeStack(work, prepared, toDo.changes);
    if (!changed.ok) return exitCodes.failed;
  }
  const given = await stackOutputs(prepared.terraform);
  if (!given.ok) {
    complain(work, given.fault);
    return exitCodes.failed;
  }
  return await useStack(work, given.value, options, tools);
}

interface Planned {
  readonly prepared: Prepared;
  readonly plan: Plan;
}

/** All that comes before the first change, the checks that fail fastest first. */
async function planUp(work: Work, tools: UpTools): Promise<Outcome<Planned>> {
  const program = await begin(work);
  if (!program.ok) return program;
  say(work, "building balancer and backend");
  const artifacts = await tools.build();
  if (!artifacts.ok) return artifacts;
  say(work, "preparing Terraform");
  const prepared = await prepare(work, program.value, artifacts.value);
  if (!prepared.ok) return prepared;
  const { terraform, synthesized, present } = prepared.value;
  const there = new Set(present);
  const missing = partOf(synthesized, (address) => !there.has(address));
  const { faults, notes } = await checkQuotas(work.settings.region, missing, work.signal);
  for (const note of notes) say(work, note);
  if (faults.length > 0) return { ok: false, fault: faults.join("\naws: ") };
  say(work, "planning");
  const made = await plan(terraform, "create", work.signal);
  work.signal.throwIfAborted();
  return made.ok ? success({ prepared: prepared.value, plan: made.value }) : made;
}

/** What is to happen: created things by their kind, and by name all that goes away. */
function summaryOf(changes: readonly Change[]): string {
  if (changes.length === 0) return "Nothing has to change: the stack is as the settings say.";
  const of = (action: Change["action"]) =>
    changes.filter((change) => change.action === action).map(({ address }) => address);
  const line = (what: string, addresses: readonly string[], detail: string) =>
    addresses.length === 0 ? [] : [`To be ${what}: ${addresses.length}: ${detail}`];
  const [created, updated, replaced, deleted] = [of("create"), of("update"), of("replace"), of("delete")];
  return [
    ...line("created", created, countByType(created)),
    ...line("changed", updated, countByType(updated)),
    ...line("replaced", replaced, replaced.join(", ")),
    ...line("destroyed", deleted, deleted.join(", ")),
  ].join("\n");
}

async function isAgreed(work: Work, { yes }: Options, tools: UpTools): Promise<boolean> {
  if (yes) return true;
  const answer = await tools.ask("Go on? [y/N] ");
  if (answer === undefined) complain(work, "nobody is there to be asked: --yes goes on without");
  if (answer === false) say(work, "Nothing was changed.");
  return answer === true;
}

/**
 * Waits for a stack that is deployed, and measures it. Whatever comes of that, it is said where the stack is: it costs from
 * now on.
 */
async function useStack(work: Work, given: Outputs, options: Options, tools: UpTools): Promise<number> {
  const { stack } = work;
  if (options.json) tools.print(JSON.stringify(given));
  try {
    return await measureStack(work, given, options, tools);
  } finally {
    const address = given.balancerUrl ?? given.frontendUrl;
    say(work, `${stack} is at ${address}; bun run aws down --confirm ${stack} removes it`);
  }
}

async function measureStack(work: Work, given: Outputs, options: Options, tools: UpTools): Promise<number> {
  const { settings, stack, signal } = work;
  const ready = await waitUntilReady(work, lookAt(stack, given, settings), options.timeoutMs);
  if (!ready.ok) {
    complain(work, ready.fault);
    return exitCodes.notHealthy;
  }
  if (!options.bench) return exitCodes.done;
  const code = await tools.bench(benchArguments(stack, given, settings, options.benchArgs));
  signal.throwIfAborted();
  if (code === 0) return exitCodes.done;
  complain(
    work,
    `the benchmark ended with ${code}: requests failed, or it could not be done; what it printed above says which`,
  );
  return exitCodes.notHealthy;
}
