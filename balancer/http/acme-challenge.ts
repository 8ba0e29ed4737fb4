/** The answer to an authority's question (RFC 8555 §8.3); undefined where the token is not known. */
export type ChallengeAnswers = (token: string) => string | undefined;

export const challengeContentType = "application/octet-stream";

const prefix = "/.well-known/acme-challenge/";

/** Whether a request for `path` may be such a question: its answer comes and goes. */
export function isChallenge(path: string): boolean {
  return path.startsWith(prefix);
}

/**
 * The answer to a request for `path`; undefined where it is no such question, or not one to the balancer: it then goes its
 * way.
 */
export function challengeAnswer(answers: ChallengeAnswers, path: string): string | undefined {
  if (!isChallenge(path)) return undefined;
  const token = path.slice(prefix.length);
  // Of base64url alone, and at least 128 bits: it becomes a file's name.
  return /^[\w-]{20,255}$/.test(token) ? answers(token) : undefined;
}
