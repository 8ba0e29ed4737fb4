/** What a request means to whoever reads it. */
export interface Meaning {
  readonly method: string;
  readonly target: string;
  /** In lower case. */
  readonly host: string;
  /** Content without its coding, Latin-1. */
  readonly body: string;
}

export interface Expected {
  /** What reaches a target, in order. */
  readonly passed: readonly Meaning[];
  /**
   * What then becomes of the connection: `open` for the next request, `closed` without a word, answered with a status by
   * the balancer itself and closed, or `waits` for the rest of a message.
   */
  readonly end: "open" | "closed" | "waits" | number;
  /** The last one counts as given up by its client, and may not reach its target. */
  readonly mayBeGivenUp?: boolean;
}

/** One thing that a client may send, and what has to come of it. */
export interface RequestCase {
  readonly name: string;
  /** Where the rule stands. */
  readonly rfc: string;
  /** All that the client sends; Latin-1. */
  readonly bytes: string;
  readonly expected: Expected;
  /** Where the serve edge does something else, as safe: what, and why. */
  readonly serve?: { readonly expected: Expected; readonly why: string };
}

/** To whoever takes a body for requests. */
export const smuggled = "GET /smuggled HTTP/1.1\r\nhost: t\r\n\r\n";

/** A head with `Host: t`. */
export const head = (requestLine: string, lines: readonly string[] = []): string =>
  `${[`${requestLine} HTTP/1.1`, "host: t", ...lines].join("\r\n")}\r\n\r\n`;

export const post = (lines: readonly string[], body = ""): string => head("POST /a", lines) + body;

export const get = (lines: readonly string[], body = ""): string => head("GET /a", lines) + body;

/** What {@link post} means, with this content. */
export const posted = (body: string, more: Partial<Meaning> = {}): Meaning => ({
  method: "POST",
  target: "/a",
  host: "t",
  body,
  ...more,
});

/** What {@link get} means. */
export const got = (more: Partial<Meaning> = {}): Meaning => posted("", { method: "GET", ...more });

export const refused = (name: string, rfc: string, bytes: string, status = 400): RequestCase => ({
  name,
  rfc,
  bytes,
  expected: { passed: [], end: status },
});

export const passes = (
  name: string,
  rfc: string,
  bytes: string,
  ...passed: readonly Meaning[]
): RequestCase => ({ name, rfc, bytes, expected: { passed, end: "open" } });

/** The same, but that the serve edge does `expected`. */
export const butServe = (
  base: RequestCase,
  why: string,
  expected: Partial<Expected> & Pick<Expected, "end">,
): RequestCase => ({ ...base, serve: { why, expected: { passed: [], ...expected } } });
