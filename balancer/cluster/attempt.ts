import type { Target } from "./target.ts";

export const failureReasons = [
  /** No connection: refused, unreachable, TLS refused, or not established in time. */
  "connect",
  /** Connected, but no answer in time. */
  "timeout",
  /** The connection broke before the answer was whole. */
  "reset",
  /** What came back is no answer by the protocol's rules. */
  "protocol",
] as const;
export type FailureReason = (typeof failureReasons)[number];

/** How an attempt ended. */
export type Outcome =
  | {
      readonly kind: "answered";
      /** HTTP status; 200 for protocols that have none. */
      readonly status: number;
      /** From the choice to the first byte of the answer. */
      readonly firstByteMs: number;
      /** From the choice to the last byte of the answer. */
      readonly completeMs: number;
      /** What the target asked for in `Retry-After`. */
      readonly retryAfterMs?: number | undefined;
    }
  /** `sent`: may the target have acted on it? */
  | { readonly kind: "failed"; readonly reason: FailureReason; readonly sent: boolean }
  /** The client went away, or the balancer itself stopped. */
  | { readonly kind: "cancelled" };

/** Did the target answer with a server error, or not at all? What the client gave up is not the target's fault. */
export function isFailure(outcome: Outcome): boolean {
  return outcome.kind === "failed" || (outcome.kind === "answered" && outcome.status >= 500);
}

/** A failure, or 429 (RFC 6585 §4): the target turns work away, however fast it does so. */
export function isRefusal(outcome: Outcome): boolean {
  return isFailure(outcome) || (outcome.kind === "answered" && outcome.status === 429);
}

/** One try at one target, from the choice to its end; ends exactly once, on every path. */
export interface Attempt {
  readonly target: Target;
  /** {@link Clock.now} at the choice. */
  readonly startedAtMs: number;
  /**
   * An answer has begun, of an attempt that may go on for long: its latency counts now, and not again at the end. Where it is
   * left out, that counts at the end.
   */
  answered(nowMs: number): void;
  /** The second call is a bug of the caller and throws. `nowMs` spares a look at the clock where it is known. */
  end(outcome: Outcome, nowMs?: number): void;
}
