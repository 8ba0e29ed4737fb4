/** What a faulty server can be told to do from now on. */
const behaviours = [
  "sound",
  /** Ten times as slow. */
  "slow",
  /** Answers 500 at once, also to probes. */
  "failing",
  /** Answers 500 to three of ten requests, and to no probe. */
  "failing 30 %",
  /** Resets the connection at each request. */
  "resets",
  /** Takes connections and requests, and never answers. */
  "silent",
  /** Resets what is open, and takes no connection. */
  "refuses",
] as const;
export type Behaviour = (typeof behaviours)[number];

/** What a server says: that it is up, or that it behaves as it was told. */
export type FromServer = "listening" | "done";
