/** Why a request can't be taken; the connection is closed after the answer. */
export interface RequestFault {
  readonly status: 400 | 405 | 408 | 413 | 414 | 417 | 431 | 505;
  /** One line for people. */
  readonly reason: string;
}

/** The fault of most: what is no HTTP. */
export function bad(reason: string): RequestFault {
  return { status: 400, reason };
}
