import { createHash, timingSafeEqual } from "node:crypto";
import { networkInterfaces } from "node:os";
import { isInNetworks, networksOf } from "../config/cidr.ts";

/** Loopback (RFC 1122, RFC 4291), private (RFC 1918, RFC 4193) and link-local networks (RFC 3927, RFC 4291). */
const privateNetworks = networksOf([
  "127.0.0.0/8",
  "::1",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
  "169.254.0.0/16",
  "fe80::/10",
]);
const loopback = networksOf(["127.0.0.0/8", "::1"]);

/** Whom the channel listens to. */
export interface AccessRules {
  readonly token?: string | undefined;
  /** Networks in CIDR form. */
  readonly allow?: readonly string[] | undefined;
}

/** Tells of an address whether a server may connect from there; the token is asked for later. */
export function addressCheck({ token, allow }: AccessRules): (address: string) => boolean {
  if (allow === undefined && token !== undefined) return () => true;
  const allowed = allow === undefined ? privateNetworks : networksOf(allow);
  return (address) => isInNetworks(address, allowed);
}

/** Whether the server gave the right token. Takes as long for a wrong one, however wrong it is. */
export function isRightToken(given: string | undefined, { token }: AccessRules): boolean {
  return token === undefined || timingSafeEqual(digest(given ?? ""), digest(token));
}

/** A socket's address, with an IPv4 one mapped into IPv6 as IPv4. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/** Whether a port bound to `bind` is reached at `address` too: a relay to there would go in circles. */
export function isReachedAt(bind: string, address: string): boolean {
  if (bind !== "0.0.0.0" && bind !== "::") return isInNetworks(address, networksOf([bind]));
  if (isInNetworks(address, loopback)) return true;
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map((each) => each.address),
  );
  return own.includes(address);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
