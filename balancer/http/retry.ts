/** Methods that may be repeated with the same effect (RFC 9110 §9.2.2). */
const idempotentMethods = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Whether a request that may have reached a target can be sent again without harm. */
export function isSafeToResend(method: string, isBodyAtHand: boolean): boolean {
  return isBodyAtHand && idempotentMethods.has(method);
}
