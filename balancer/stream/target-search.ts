import type { Attempt } from "../cluster/attempt.ts";
import type { Target } from "../cluster/target.ts";
import type { RoomWaiter } from "../cluster/target-room.ts";
import { areOpenFilesUsedUp } from "../sockets/open-files.ts";
import { connectStream } from "../transport/connect-stream.ts";
import { Deadline, type Expiring } from "../transport/deadlines.ts";
import { RelaySide, type SideOwner } from "../transport/relay-side.ts";
import type { TcpContext } from "./tcp-context.ts";

type Phase = "choosing" | "waiting" | "connecting" | "over";

/** For whom a target is searched; also owns the sides that are dialled. */
export interface SearchOwner extends SideOwner {
  /** There is none that would have this connection; the search is over. */
  onNoTarget(fault: string): void;
}

/** The search for a target that accepts: chosen by the policy, waited for where none has room, another where one refuses. */
export class TargetSearch implements RoomWaiter, Expiring {
  readonly deadline = new Deadline();
  /** The last one tried. */
  target: Target | undefined;
  private phase: Phase = "choosing";
  private attempt: Attempt | undefined;
  private side: RelaySide | undefined;
  private tried: readonly Target[] | undefined;
  /** One out of service was tried too: each may cost the time to connect, so there is no second. */
  private hasPanicked = false;
  /** What the last one has refused with. */
  private fault: string | undefined;

  /** `key`: what a policy that hashes goes by. */
  constructor(
    private readonly context: TcpContext,
    private readonly owner: SearchOwner,
    private readonly key: string | undefined,
  ) {}

  begin(): void {
    const { room, queueDeadlines } = this.context.service;
    const attempt = room.isFull ? undefined : this.choose();
    if (attempt !== undefined) {
      room.take(attempt.target);
      this.attempt = attempt;
      this.target = attempt.target;
      this.dial(attempt.target);
    } else if (!room.isWorthWaiting(this.tried)) {
      this.fail(this.fault ?? "no target is available");
    } else if (this.phase === "waiting") {
      // It keeps its place.
    } else if (room.wait(this)) {
      this.phase = "waiting";
      queueDeadlines.add(this);
    } else {
      this.fail("too many clients wait for a target");
    }
  }

  onRoom(): boolean {
    this.begin();
    return this.phase !== "waiting";
  }

  expire(): void {
    if (this.phase === "waiting") {
      this.context.service.room.giveUp(this);
      this.fail("no target had room in time");
    } else {
      this.refused("not established in time");
    }
  }

  /** The side that was dialled is open, and the search over; returns the attempt, for the owner to end. */
  found(): Attempt {
    const { attempt } = this;
    if (attempt === undefined) throw new Error("a side opened that nobody dialled");
    this.attempt = undefined;
    this.side = undefined;
    this.giveUp();
    return attempt;
  }

  /** The side that was dialled is gone: goes on to the next target. */
  refused(reason: string): void {
    const { attempt, side } = this;
    if (this.phase !== "connecting" || attempt === undefined) return;
    side?.cut();
    this.side = undefined;
    this.attempt = undefined;
    this.fault = `connect: ${reason}`;
    this.tried = [...(this.tried ?? []), attempt.target];
    this.phase = "choosing";
    this.deadline.cancel(this);
    this.context.endAttempt(attempt, { kind: "failed", reason: "connect", sent: false });
    this.begin();
  }

  /** Ends it, if it goes on; the target that is being dialled is not to blame. */
  giveUp(): void {
    if (this.phase === "over") return;
    if (this.phase === "waiting") this.context.service.room.withdraw(this);
    this.phase = "over";
    this.tried = undefined;
    this.deadline.cancel(this);
    this.side?.cut();
    if (this.attempt !== undefined) this.context.endAttempt(this.attempt, { kind: "cancelled" });
    this.attempt = undefined;
  }

  /** One in service; where those have refused, one that was found unhealthy and may be back. */
  private choose(): Attempt | undefined {
    const { room, group } = this.context.service;
    const excluded = room.excluded(this.tried);
    const attempt = group.begin(this.key, excluded);
    if (attempt !== undefined || this.tried === undefined || this.hasPanicked) return attempt;
    if (room.isWorthWaiting(this.tried)) return undefined;
    this.hasPanicked = true;
    return group.beginInPanic(this.key, excluded);
  }

  private fail(fault: string): void {
    this.giveUp();
    this.owner.onNoTarget(fault);
  }

  private dial(target: Target): void {
    const { service } = this.context;
    const side = new RelaySide(this.owner);
    this.side = side;
    this.phase = "connecting";
    service.connectDeadlines.add(this);
    const { hostname, port } = service.addressOf(target);
    const socket = connectStream({ hostname, port, events: side, allowHalfOpen: true }, (fault) => {
      if (this.side !== side) return;
      if (areOpenFilesUsedUp()) this.fail("the balancer has no open file left for a connection to a target");
      else this.refused(fault);
    });
    if (socket !== undefined) side.dialled(socket);
  }
}
