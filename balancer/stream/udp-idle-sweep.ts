import type { Clock, Timer } from "../cluster/clock.ts";
import type { UdpSession } from "./udp-session.ts";
import type { UdpSessions } from "./udp-sessions.ts";

const sweepsPerTimeout = 8;
const longestSweepMs = 1000;

export interface UdpIdleSweepOptions {
  readonly clock: Clock;
  readonly sessions: UdpSessions<UdpSession>;
  /** How long a session may be idle, as it is now. */
  readonly idleMs: () => number;
  /** Ends one that was idle for so long, and takes it out of the sessions. */
  readonly end: (session: UdpSession) => void;
  /** Told whenever none is left. */
  readonly onNone: () => void;
}

/** Ends sessions that have been idle for long enough, up to an eighth of that late: one look at the oldest ones, no timer for each. */
export class UdpIdleSweep {
  private timer: Timer | undefined;
  private isStopped = false;

  constructor(private readonly options: UdpIdleSweepOptions) {}

  /** There are sessions. */
  later(): void {
    if (this.timer !== undefined || this.isStopped) return;
    const { clock, idleMs } = this.options;
    const delayMs = Math.min(longestSweepMs, idleMs() / sweepsPerTimeout);
    this.timer = clock.after(delayMs, () => this.now());
  }

  now(): void {
    const { clock, sessions, idleMs, end, onNone } = this.options;
    this.timer?.cancel();
    this.timer = undefined;
    const since = clock.now() - idleMs();
    for (;;) {
      const { oldest } = sessions;
      if (oldest === undefined || oldest.usedAtMs > since) break;
      end(oldest);
    }
    if (sessions.size > 0) this.later();
    else onNone();
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }
}
