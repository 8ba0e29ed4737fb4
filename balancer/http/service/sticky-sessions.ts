import { createHmac } from "node:crypto";
import { isAvailable, type Target } from "../../cluster/target.ts";
import type { GroupConfig } from "../../config/schema.ts";
import { cookieOf } from "../message/cookie.ts";

export type StickyConfig = NonNullable<GroupConfig["sticky"]>;

/** Of the HMAC: enough that nobody guesses a target's. */
const tagBytes = 16;

/**
 * Cookies that name a group's targets. What stands in one is an HMAC of the target's id, so it tells nothing of the target,
 * and none but the balancer can make one; there are no more of them than targets, so nothing is signed or checked while
 * requests pass.
 */
export class StickySessions {
  private readonly targets = new Map<string, Target>();
  private readonly tags = new WeakMap<Target, string>();
  private readonly attributes: string;

  constructor(
    private readonly config: StickyConfig,
    private readonly group: string,
    private readonly secret: string,
  ) {
    const { path, ttl, secure, httpOnly, sameSite } = config;
    const maxAge = ttl === undefined ? "" : `; Max-Age=${Math.ceil(ttl / 1000)}`;
    const flags = `${secure ? "; Secure" : ""}${httpOnly ? "; HttpOnly" : ""}`;
    this.attributes = `; Path=${path}${maxAge}${flags}; SameSite=${sameSite}`;
  }

  /** The target has come into the group. */
  meet(target: Target): void {
    const hmac = createHmac("sha256", this.secret).update(`${this.group}\0${target.id}`).digest();
    const tag = hmac.subarray(0, tagBytes).toString("base64url");
    this.tags.set(target, tag);
    this.targets.set(tag, target);
  }

  forget(target: Target): void {
    const tag = this.tags.get(target);
    // Another target may have come with the same id.
    if (tag !== undefined && this.targets.get(tag) === target) this.targets.delete(tag);
  }

  /** What the client's cookies say of its session, true or not. `cookies` as in the field. */
  sessionOf(cookies: string | null): string | undefined {
    return cookies === null ? undefined : cookieOf(cookies, this.config.cookie);
  }

  /** Where the session is to go on; undefined when it can't, or was never begun. */
  targetOf(session: string | undefined): Target | undefined {
    const target = session === undefined ? undefined : this.targets.get(session);
    if (target === undefined) return undefined;
    const mayStay =
      isAvailable(target.state) || (this.config.keepWhileDraining && target.state === "draining");
    return mayStay ? target : undefined;
  }

  /** The `Set-Cookie` value that makes a session of this target's; undefined when the client has it. */
  cookieFor(target: Target, session: string | undefined): string | undefined {
    const tag = this.tags.get(target);
    return tag === undefined || tag === session
      ? undefined
      : `${this.config.cookie}=${tag}${this.attributes}`;
  }
}
