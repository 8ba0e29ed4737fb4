/** One thing that a target may answer, and what its client has to see. */
export interface AnswerCase {
  readonly name: string;
  /** Where the rule stands. */
  readonly rfc: string;
  /** Of the request; GET when left out. */
  readonly method?: "GET" | "HEAD" | "POST";
  /** What the target sends; Latin-1. */
  readonly bytes: string;
  /** What it does then; it stays when left out. */
  readonly after?: "closes" | "resets";
  /** What the client gets, or `cut`: an answer that it can tell is not whole. */
  readonly seen: { readonly status: number; readonly body: string } | "cut";
  /** Where the serve edge shows something else, as safe. */
  readonly onServe?: AnswerCase["seen"];
}

type Rest = Partial<Omit<AnswerCase, "name" | "rfc" | "bytes">>;

/** An answer to whoever takes a body for answers. */
export const poison = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison";

export const answer = (lines: readonly string[], body = "", statusLine = "HTTP/1.1 200 OK"): string =>
  `${[statusLine, ...lines].join("\r\n")}\r\n\r\n${body}`;

/** The balancer answers in the target's place. */
export const invalid = (name: string, rfc: string, bytes: string, rest: Rest = {}): AnswerCase => ({
  name,
  rfc,
  bytes,
  seen: { status: 502, body: "502 the target sent no valid answer\n" },
  ...rest,
});

export const passesOn = (
  name: string,
  rfc: string,
  bytes: string,
  body: string,
  rest: Rest & { readonly status?: number } = {},
): AnswerCase => {
  const { status = 200, ...others } = rest;
  return { name, rfc, bytes, seen: { status, body }, ...others };
};

export const cut = (name: string, rfc: string, bytes: string, rest: Rest = {}): AnswerCase => ({
  name,
  rfc,
  bytes,
  seen: "cut",
  ...rest,
});
