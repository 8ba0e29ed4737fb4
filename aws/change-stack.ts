import type { Outcome } from "../bench/outcome.ts";
import { partOf, priceText } from "./bill.ts";
import { ChangeProgress, stepsOf } from "./change-progress.ts";
import { countByType } from "./resource-count.ts";
import { apply, resourcesInState } from "./terraform.ts";
import type { Change } from "./terraform-events.ts";
import { complain, type Prepared, type Work } from "./work.ts";

/** Lets Terraform do what it planned. When it fails or is interrupted, it is said what is there then. */
export async function changeStack(
  work: Work,
  prepared: Prepared,
  changes: readonly Change[],
): Promise<Outcome<void>> {
  const progress = new ChangeProgress(stepsOf(changes), work.stream);
  const applied = await apply(prepared.terraform, work.signal, (event) => progress.show(event));
  progress.end();
  if (applied.ok) return applied;
  complain(work, `${applied.fault}\n${await whatIsThere(work, prepared)}`);
  work.signal.throwIfAborted();
  return applied;
}

/** What the state has now, its price, and how to go on. */
async function whatIsThere({ stack }: Work, { terraform, synthesized }: Prepared): Promise<string> {
  const present = await resourcesInState(terraform);
  if (!present.ok) return `What is there is not known: ${present.fault}`;
  const { length } = present.value;
  if (length === 0) return "Nothing is there.";
  const found = new Set(present.value);
  const price = priceText(partOf(synthesized, (address) => found.has(address)));
  return [
    `${length} resources are there, ${price}: ${countByType(present.value)}`,
    `bun run aws up ${stack} goes on from here; bun run aws down --confirm ${stack} removes them.`,
  ].join("\n");
}
