import { parseAddress } from "../config/cidr.ts";

/** Whoever has an IPv6 address mostly has its whole /64 (RFC 6177). */
const networkBytes = 8;

/** What clients are told apart by: an IPv4 address, or the first 64 bits of an IPv6 one. Any other text stands for itself. */
export function clientNetwork(address: string): string {
  if (!address.includes(":")) return address;
  const bytes = parseAddress(address);
  if (bytes === undefined) return address;
  return bytes.length === 4 ? bytes.join(".") : bytes.slice(0, networkBytes).join(":");
}
