import { isIPv4, isIPv6 } from "node:net";

/** A network: the address as bytes, and how many leading bits count. */
export interface Cidr {
  readonly bytes: readonly number[];
  readonly prefixBits: number;
}

/** Bytes of an IP address, 4 or 16; an IPv4 address mapped into IPv6 comes out as IPv4. */
export function parseAddress(text: string): readonly number[] | undefined {
  if (isIPv4(text)) return text.split(".").map(Number);
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const bytes = ipv6Bytes(text);
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? bytes.slice(12) : bytes;
}

/** `"10.0.0.0/8"`, `"::1"`; a missing prefix means the one address. Undefined when `text` is none. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = "", prefix, ...rest] = text.split("/");
  const bytes = parseAddress(address);
  if (bytes === undefined || rest.length > 0) return undefined;
  if (prefix === undefined) return { bytes, prefixBits: bytes.length * 8 };
  const prefixBits = Number(prefix);
  if (!/^\d{1,3}$/.test(prefix) || prefixBits > bytes.length * 8) return undefined;
  return { bytes, prefixBits };
}

/** Networks from a config that has been checked; throws at a text that is none. */
export function networksOf(texts: readonly string[]): readonly Cidr[] {
  return texts.map((text) => {
    const network = parseCidr(text);
    if (network === undefined) throw new Error(`no network: ${text}; the config was not checked`);
    return network;
  });
}

/** Whether the address lies in one of the networks; a text that is no address lies in none. */
export function isInNetworks(address: string, networks: readonly Cidr[]): boolean {
  if (networks.length === 0) return false;
  const bytes = parseAddress(address);
  return bytes !== undefined && networks.some((network) => contains(network, bytes));
}

function contains(network: Cidr, address: readonly number[]): boolean {
  if (network.bytes.length !== address.length) return false;
  let bits = network.prefixBits;
  for (let i = 0; bits > 0; i++, bits -= 8) {
    const mask = bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff;
    if (((network.bytes[i] ?? 0) & mask) !== ((address[i] ?? 0) & mask)) return false;
  }
  return true;
}

function ipv6Bytes(text: string): number[] {
  // A dotted tail (RFC 4291 §2.2, form 3) stands for the last two groups.
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail !== null) {
    const [a = 0, b = 0, c = 0, d = 0] = (tail[2] ?? "").split(".").map(Number);
    return ipv6Bytes(`${tail[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`);
  }
  const [left = "", right] = text.split("::");
  const groups = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const head = groups(left);
  const end = right === undefined ? [] : groups(right);
  const zeros = new Array<number>(8 - head.length - end.length).fill(0);
  return [...head, ...zeros, ...end].flatMap((group) => [group >> 8, group & 0xff]);
}
