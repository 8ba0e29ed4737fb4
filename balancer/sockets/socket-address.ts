import { parseAddress } from "../config/cidr.ts";

export const afInet = 2;
export const afInet6 = 10;

/** A `struct sockaddr_in` or `sockaddr_in6` (ip(7), ipv6(7)). */
export interface SocketAddress {
  readonly isIpv6: boolean;
  readonly family: number;
  readonly bytes: Uint8Array;
}

/** Throws when `address` is neither IPv4 nor IPv6, or has a scope. An IPv4 address mapped into IPv6 becomes IPv4. */
export function socketAddress(address: string, port: number): SocketAddress {
  const parts = parseAddress(address);
  if (parts === undefined) throw new Error(`no IP address: ${address}`);
  const isIpv6 = parts.length === 16;
  const family = isIpv6 ? afInet6 : afInet;
  const bytes = Buffer.alloc(isIpv6 ? 28 : 16);
  bytes.writeUInt16LE(family, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(parts, isIpv6 ? 8 : 4);
  return { isIpv6, family, bytes };
}

/** Enough for either. */
export const addressBytes = 28;

/** The port of an address that the system has written. */
export function portIn(address: DataView): number {
  return address.getUint16(2);
}

/** The address itself, as people write it; those of IPv4 in IPv6 as `::ffff:192.0.2.1`. */
export function hostnameIn(address: DataView): string {
  return address.getUint16(0, true) === afInet ? ipv4At(address, 4) : ipv6At(address, 8);
}

let lastIpv4 = 0;
let lastIpv4Text = "0.0.0.0";

/** Mostly the last one again, or one of few. */
function ipv4At(address: DataView, at: number): string {
  const bits = address.getUint32(at);
  if (bits === lastIpv4) return lastIpv4Text;
  lastIpv4 = bits;
  lastIpv4Text = `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
  return lastIpv4Text;
}

function ipv6At(address: DataView, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => address.getUint16(at + 2 * index));
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) return `::ffff:${ipv4At(address, at + 12)}`;
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(":")}]`).hostname.slice(1, -1);
}
