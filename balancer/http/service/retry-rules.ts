import type { FailureReason } from "../../cluster/attempt.ts";
import type { GroupConfig } from "../../config/schema.ts";

/** When a group's requests are sent again; see docs/limits.md. */
export interface RetryRules {
  /** Attempts of one request at most, besides those that reached no target. */
  readonly attempts: number;
  /** How an attempt ended without an answer. */
  readonly reasons: ReadonlySet<FailureReason>;
  /** Statuses of answers; undefined for none, which is looked at for every answer. */
  readonly statuses: ReadonlySet<number> | undefined;
  /** Of requests that may have reached a target. */
  readonly methods: ReadonlySet<string>;
  /** For the head of an answer while there may be another attempt; undefined for as long as the last one may take. */
  readonly tryTimeoutMs: number | undefined;
}

const reasonsOf: Readonly<Record<string, FailureReason>> = {
  "connect-failure": "connect",
  reset: "reset",
  timeout: "timeout",
  "invalid-answer": "protocol",
};

/** Names of statuses, with the meaning that they have for Envoy's `retry_on`. */
const statusesOf: Readonly<Record<string, readonly number[]>> = {
  "5xx": Array.from({ length: 100 }, (_, index) => 500 + index),
  "gateway-error": [502, 503, 504],
  "retriable-4xx": [409],
};

/** `retries` of lb.json is the short form of `retry`. */
export function retryRules({
  retries,
  retry,
}: Pick<GroupConfig, "retries"> & { readonly retry: GroupConfig["retry"] }): RetryRules {
  const statuses = retry.on.flatMap((what) =>
    reasonsOf[what] === undefined ? (statusesOf[what] ?? [Number(what)]) : [],
  );
  return {
    attempts: retries === undefined ? retry.attempts : retries + 1,
    reasons: new Set(retry.on.flatMap((what) => reasonsOf[what] ?? [])),
    statuses: statuses.length > 0 ? new Set(statuses) : undefined,
    methods: new Set(retry.methods),
    tryTimeoutMs: retry.perTryTimeout,
  };
}
