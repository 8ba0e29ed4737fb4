import type { ClientLimits } from "../../limits/client-limits.ts";
import type { RequestRecorder } from "../../observe/request-recorder.ts";
import { Deadlines } from "../../transport/deadlines.ts";
import type { EdgeOptions } from "../edge.ts";
import { AnswerHeads } from "./answer-heads.ts";
import { RequestPlanner } from "./request-planner.ts";
import { SharedHeads } from "./shared-heads.ts";

/** What follows from a listener's options; with others all of it is made anew. */
export interface WireRules {
  readonly recorder: RequestRecorder;
  readonly planner: RequestPlanner;
  readonly limits: ClientLimits | undefined;
  readonly idleDeadlines: Deadlines;
  readonly headDeadlines: Deadlines;
  /** For more of a body. */
  readonly bodyDeadlines: Deadlines;
  /** For a client to take more of its answer. */
  readonly writeDeadlines: Deadlines;
  readonly minBodyRate: number;
  readonly maxConnections: number;
  readonly maxFields: number;
  readonly maxHeadBytes: number;
  readonly maxTargetBytes: number;
  readonly maxBodyBytes: number;
  readonly sharedHeads: SharedHeads;
  readonly answerHeads: AnswerHeads;
}

export function wireRules(options: EdgeOptions): WireRules {
  const { clock, listener, recorder, limits } = options;
  const { minBodyRate, maxFields, maxHeadBytes, maxTargetBytes, maxBodyBytes } = listener;
  return {
    recorder,
    planner: new RequestPlanner(options),
    limits,
    idleDeadlines: new Deadlines(clock, listener.idleTimeout),
    headDeadlines: new Deadlines(clock, listener.headTimeout),
    bodyDeadlines: new Deadlines(clock, listener.bodyTimeout ?? listener.idleTimeout),
    writeDeadlines: new Deadlines(clock, listener.writeTimeout ?? listener.idleTimeout),
    minBodyRate,
    maxConnections: listener.maxConnections ?? Number.POSITIVE_INFINITY,
    maxFields,
    maxHeadBytes,
    maxTargetBytes,
    maxBodyBytes,
    sharedHeads: new SharedHeads(),
    answerHeads: new AnswerHeads(listener.exposeTarget),
  };
}
