import type { FailureReason } from "../../cluster/attempt.ts";
import type { RefusalReason } from "../../observe/refusal-reason.ts";
import type { Service } from "../service/service.ts";

/** Why the balancer answers by itself instead of a target. */
export interface Refusal {
  readonly status: 400 | 408 | 413 | 502 | 503 | 504;
  /** One line for people. */
  readonly reason: string;
  /** The same in a word, for metrics. */
  readonly cause: RefusalReason;
  readonly retryAfterSeconds?: number;
}

export const busy: Refusal = {
  status: 503,
  reason: "all targets are busy",
  cause: "busy",
  retryAfterSeconds: 1,
};

export const slow: Refusal = { status: 504, reason: "the target did not answer in time", cause: "timeout" };

export function noTarget({ recoverySeconds }: Service): Refusal {
  return {
    status: 503,
    reason: "no target is available",
    cause: "no_target",
    retryAfterSeconds: recoverySeconds,
  };
}

export function unreachable(service: Service, isTimeout: boolean): Refusal {
  return isTimeout
    ? { status: 504, reason: "no target could be reached in time", cause: "connect" }
    : { ...noTarget(service), reason: "no target could be reached", cause: "connect" };
}

export function broken(reason: FailureReason): Refusal {
  const what = reason === "reset" ? "closed the connection without an answer" : "sent no valid answer";
  return { status: 502, reason: `the target ${what}`, cause: reason };
}

/** A body whose length only shows as it comes. */
export function tooLarge(maxBytes: number): Refusal {
  return { status: 413, reason: `found a body of more than ${maxBytes} bytes`, cause: "too_large" };
}
