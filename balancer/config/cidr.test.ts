import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isInNetworks, parseAddress, parseCidr } from "./cidr.ts";

/** The address as a number: the plain way to compare prefixes. */
const asNumber = (bytes: readonly number[]) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);

const networks = (...texts: readonly string[]) =>
  texts.map((text) => {
    const network = parseCidr(text);
    if (network === undefined) throw new Error(`no network: ${text}`);
    return network;
  });

test("an address is what its text says, in every form", () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      expect(parseAddress(text)).toEqual(text.split(".").map(Number));
      // An IPv4 client of an IPv6 socket is the same client.
      expect(parseAddress(`::ffff:${text}`)).toEqual(text.split(".").map(Number));
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.nat(65_535), { minLength: 8, maxLength: 8 }), (groups) => {
      const bytes = parseAddress(groups.map((group) => group.toString(16)).join(":"));
      const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
      if (!isMapped)
        expect(asNumber(bytes ?? [])).toBe(groups.reduce((sum, group) => sum * 65_536n + BigInt(group), 0n));
    }),
  );
  expect(parseAddress("::")).toEqual(new Array(16).fill(0));
  expect(parseAddress("2001:db8::1")).toEqual([0x20, 1, 0x0d, 0xb8, ...new Array(11).fill(0), 1]);
  expect(parseAddress("64:ff9b::192.0.2.33")?.slice(-4)).toEqual([192, 0, 2, 33]);
});

test("a network holds exactly the addresses with its leading bits", () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  // Half of the addresses share a part of the network's bits; by chance alone hardly any would.
  fc.assert(
    fc.property(
      address,
      fc.nat(128),
      address,
      fc.nat(128),
      fc.boolean(),
      (text, bits, other, flip, isNear) => {
        const bytes = parseAddress(text) ?? [];
        const width = bytes.length * 8;
        const prefixBits = bits % (width + 1);
        const network = { bytes, prefixBits };
        const near = asNumber(bytes) ^ (1n << BigInt(flip % width));
        const otherBytes = isNear
          ? bytes.map((_, index) => Number((near >> BigInt(width - 8 * (index + 1))) & 255n))
          : (parseAddress(other) ?? []);
        const shift = BigInt(width - prefixBits);
        const expected =
          otherBytes.length === bytes.length && asNumber(otherBytes) >> shift === asNumber(bytes) >> shift;
        const otherText =
          otherBytes.length === 4
            ? otherBytes.join(".")
            : otherBytes
                .map(
                  (byte, index) =>
                    (index % 2 === 0 && index > 0 ? ":" : "") + byte.toString(16).padStart(2, "0"),
                )
                .join("");
        if (parseAddress(otherText)?.length !== otherBytes.length) return;
        expect(isInNetworks(otherText, [network])).toBe(expected);
      },
    ),
    { numRuns: 500 },
  );
});

describe("a text", () => {
  for (const text of ["10.0.0.0/8", "10.1.2.3", "::1", "::/0", "0.0.0.0/0", "fd00::/8", "::ffff:10.0.0.0"]) {
    test(`${text} is a network`, () => {
      expect(parseCidr(text)).toBeDefined();
    });
  }
  for (const text of [
    "",
    "10.0.0.0/33",
    "10.0.0/8",
    "::/129",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "/8",
    "host",
    "10.0.0.0/-1",
    "10.0.0.0/8.0",
    "fe80::1%eth0",
  ]) {
    test(`${JSON.stringify(text)} is none`, () => {
      expect(parseCidr(text)).toBeUndefined();
    });
  }
});

test("no text that is no address lies in any network", () => {
  for (const text of ["", "unknown", "10.0.0", "10.0.0.1:80"]) {
    expect(isInNetworks(text, networks("0.0.0.0/0", "::/0"))).toBe(false);
  }
  expect(isInNetworks("10.0.0.1", [])).toBe(false);
  expect(isInNetworks("::ffff:10.0.0.1", networks("10.0.0.0/8"))).toBe(true);
});
