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
