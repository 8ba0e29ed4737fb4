import { z } from "zod";
import { failure, type Outcome, success } from "../../bench/outcome.ts";

const timeLimitMs = 10_000;

/** What of the balancer's `/status` is shown. */
const statusSchema = z.object({
  groups: z.object({
    demo: z.object({
      targets: z.array(
        z.object({
          id: z.string(),
          state: z.string(),
          score: z.number().nullable(),
          weight: z.number(),
          load: z.number().nullable(),
        }),
      ),
    }),
  }),
});

type TargetStatus = z.infer<typeof statusSchema>["groups"]["demo"]["targets"][number];

/** A server at the moment of a choice. */
export interface ServerView extends Omit<TargetStatus, "load"> {
  /**
   * Its last report before the choice, in percent, null when there is none; two when another report came in while the choice
   * was made, since then it may have seen either.
   */
  readonly loads: readonly (number | null)[];
}

/** One request through a balancer. */
export interface Choice {
  /** The server that answered; undefined when the balancer found none. */
  readonly chosen: string | undefined;
  readonly status: number;
  /** What was answered; HTML when a server did. */
  readonly content: string;
  readonly servers: readonly ServerView[];
}

/**
 * Sends a request through `balancer`, and says what was known at that moment. Scores and states are that balancer's own,
 * read right before; loads are those that `loads` knows, a balancer of the same servers whose policy asks for them, read
 * right before and right after. Both are origins. Nobody else may send through `balancer` meanwhile.
 */
export async function makeChoice(balancer: string, loads: string): Promise<Outcome<Choice>> {
  try {
    const [own, before] = await Promise.all([statusOf(balancer), statusOf(loads)]);
    const response = await fetch(`${balancer}/`, {
      headers: { accept: "text/html" },
      signal: AbortSignal.timeout(timeLimitMs),
    });
    const content = await response.text();
    const after = await statusOf(loads);
    return success({
      chosen: response.headers.get("x-ballast-target") ?? undefined,
      status: response.status,
      content,
      servers: own.map(({ load: _, ...server }) => ({
        ...server,
        loads: [...new Set([loadIn(before, server.id), loadIn(after, server.id)])],
      })),
    });
  } catch (error) {
    // Fetch rejects with the system's reason, and what is no status with what was found.
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return failure(`no choice could be made: ${reason}`);
  }
}

async function statusOf(balancer: string): Promise<readonly TargetStatus[]> {
  const response = await fetch(`${balancer}/status`, { signal: AbortSignal.timeout(timeLimitMs) });
  return statusSchema.parse(await response.json()).groups.demo.targets;
}

function loadIn(targets: readonly TargetStatus[], id: string): number | null {
  return targets.find((target) => target.id === id)?.load ?? null;
}
