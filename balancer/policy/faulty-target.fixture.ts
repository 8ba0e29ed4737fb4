import type { Attempt, Outcome } from "../cluster/attempt.ts";
import { seededRandom } from "../cluster/random.ts";
import type { Target } from "../cluster/target.ts";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { groupSchema } from "../config/group-schema.ts";
import { WatchedGroup } from "../watched-group.ts";
import type { PolicyName } from "./options.ts";

/** What a faulty target does with a request, and whether its port still takes connections. */
export interface Fault {
  /** How an attempt at it ends, and after how many ms. */
  meet(): { readonly outcome: Outcome; readonly afterMs: number };
  readonly passesChecks: boolean;
}

const gapMs = 5;
const latencyMs = 20;

/** Nine equal targets of a group with every default, on a virtual clock and under a steady load; the first may be faulty. */
export class FaultyTarget {
  readonly clock = new VirtualClock();
  readonly watched: WatchedGroup;
  /** Lines about changed states. */
  readonly log: string[] = [];
  private fault: Fault | undefined;
  private sent = 0;

  constructor(policy: PolicyName) {
    const { clock } = this;
    const targets = Array.from({ length: 9 }, (_, index) => ({ id: `t${index}`, url: `http://t${index}` }));
    this.watched = new WatchedGroup(
      "g",
      groupSchema.parse({ policy, targets }),
      {
        clock,
        random: seededRandom(1),
        onStateChange: ({ id, state }, why) => this.log.push(`${clock.now()} ${id} ${state}: ${why}`),
      },
      {
        meet: () => {},
        check: (target, done) =>
          clock.after(1, () =>
            done(
              this.faultOf(target)?.passesChecks === false
                ? { kind: "failed", fault: "refused" }
                : { kind: "passed", latencyMs: undefined },
            ),
          ),
        probe: (target, report) =>
          void clock.after(1, () => report({ latencyMs: 1 + target.inFlight, inFlight: target.inFlight })),
      },
    );
    this.watched.start();
  }

  /** From now on the first target does this; undefined heals it. */
  breakBy(fault: Fault | undefined): void {
    this.fault = fault;
  }

  /** Sends requests for so long; the part of them that the first target gets. */
  shareFor(ms: number): number {
    const count = ms / gapMs;
    let own = 0;
    for (let i = 0; i < count; i++) {
      const attempt = this.watched.group.begin(`client-${this.sent++}`);
      if (attempt === undefined) throw new Error("no target");
      if (attempt.target.id === "t0") own++;
      this.send(attempt);
      this.clock.advance(gapMs);
    }
    return own / count;
  }

  private send(attempt: Attempt): void {
    const answered = {
      kind: "answered",
      status: 200,
      firstByteMs: latencyMs,
      completeMs: latencyMs,
    } as const;
    const { outcome, afterMs } = this.faultOf(attempt.target)?.meet() ?? {
      outcome: answered,
      afterMs: latencyMs,
    };
    this.clock.after(afterMs, () => this.watched.end(attempt, outcome, this.clock.now()));
  }

  private faultOf(target: Target): Fault | undefined {
    return target.id === "t0" ? this.fault : undefined;
  }
}
