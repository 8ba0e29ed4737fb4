import { createHash, timingSafeEqual } from "node:crypto";
import { type AdminConfig, isLoopback } from "../config/admin-schema.ts";
import type { Access } from "./route.ts";

/** Why a request is turned away. */
export interface Denial {
  readonly status: 401 | 403;
  /** One line for people. */
  readonly reason: string;
}

/** Decides who may ask the admin server for what. */
export class Guard {
  private readonly isLocal: boolean;
  private readonly tokenDigest: Buffer | undefined;

  constructor(config: AdminConfig) {
    this.isLocal = isLoopback(config.listen.hostname);
    this.tokenDigest = config.token === undefined ? undefined : digest(config.token);
  }

  /** Undefined when the request may pass. */
  check(headers: Headers, access: Access): Denial | undefined {
    return this.checkSite(headers) ?? this.checkToken(headers, access);
  }

  /**
   * A web page may have the browser of someone on this machine ask in its name: under a host name of its own that it has
   * point here (DNS rebinding), or across origins. The one shows in `Host`, the other in `Origin`.
   */
  private checkSite(headers: Headers): Denial | undefined {
    const host = headers.get("host") ?? "";
    if (this.isLocal && !isLoopback(hostnameOf(host)))
      return {
        status: 403,
        reason: `found Host ${JSON.stringify(host)}, expected localhost or a loopback address`,
      };
    const origin = headers.get("origin");
    if (origin === null || originHost(origin) === host.toLowerCase()) return undefined;
    return { status: 403, reason: "requests from other sites' pages are not taken" };
  }

  private checkToken(headers: Headers, access: Access): Denial | undefined {
    if (access === "open" || (access === "read" && this.isLocal)) return undefined;
    // The config is checked for a token wherever others can reach the port.
    if (this.tokenDigest === undefined) return undefined;
    const given = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
    if (given === undefined)
      return { status: 401, reason: "found no token, expected `authorization: Bearer <admin.token>`" };
    // Of digests: the time to compare tells neither the length nor where they differ.
    if (timingSafeEqual(digest(given), this.tokenDigest)) return undefined;
    return { status: 401, reason: "found a token that is not `admin.token`" };
  }
}

const digest = (text: string) => createHash("sha256").update(text).digest();

/** `Host` without its port and brackets. */
function hostnameOf(host: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, "");
}

/** Host and port of an origin, as `Host` has them; undefined for what is none, such as `null`. */
function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
