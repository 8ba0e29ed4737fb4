/** The "try it" panel's question and answer; its page and the balancer both read this file. */

/** A request to send as a client of a listener would. */
export interface TryRequest {
  /** Name of an HTTP listener. */
  readonly listener: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The `Host` field. */
  readonly host: string;
}

/** A target as it stood when the choice was made. */
export interface Candidate {
  readonly id: string;
  readonly url: string;
  readonly state: string;
  /** The policy's, lower is better; null while there is none. */
  readonly score: number | null;
  /** What it last said of how loaded it is, in its own unit; null unless the policy asks for it. */
  readonly load: number | null;
  /** Without this request. */
  readonly inFlight: number;
  readonly isChosen: boolean;
}

/** What became of it. */
export interface TryAnswer {
  /** Undefined when no route took the request. */
  readonly group?: string;
  readonly policy?: string;
  /** Every target of the group, at the moment of the first choice. */
  readonly candidates: readonly Candidate[];
  /** Targets asked, one after the other. */
  readonly attempts: number;
  /** Who answered; undefined when the balancer did so itself. */
  readonly target?: string;
  readonly status: number;
  /** Names and values in turn. */
  readonly fields: readonly string[];
  /** The beginning of the content, as text. */
  readonly content: string;
  readonly isCut: boolean;
  readonly durationMs: number;
}

/** What can be tried. */
export interface TryTargets {
  readonly listeners: readonly string[];
}
