import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseAddress } from "../config/cidr.ts";
import { formatAddress } from "./ip-text.ts";
import { type ConnectionAddresses, readProxyHeader, writeProxyHeader } from "./proxy-header.ts";

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6().filter((text) => parseAddress(text) !== undefined),
);
const end = fc.record({ address, port: fc.integer({ min: 0, max: 65_535 }) });
const ends: fc.Arbitrary<ConnectionAddresses> = fc.record({ source: end, destination: end });
const version = fc.constantFrom("v1" as const, "v2" as const);

const signature = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10];
const v2 = (...bytes: readonly number[]) => Buffer.from([...signature, ...bytes]);
const ipv4 = [1, 2, 3, 4, 5, 6, 7, 8, 0, 80, 1, 187];

/** What is meant, whichever of its texts an address has. */
function sameEnd(text: string): string {
  return formatAddress(parseAddress(text) ?? []);
}

describe("a header that was written", () => {
  test("is read as what it says, with whatever comes behind it", () => {
    fc.assert(
      fc.property(version, ends, fc.uint8Array({ maxLength: 64 }), (v, addresses, behind) => {
        const header = writeProxyHeader(v, addresses);
        const reading = readProxyHeader(Buffer.concat([header, behind]));
        if (reading.kind !== "header") throw new Error(JSON.stringify(reading));
        expect(reading.length).toBe(header.length);
        for (const side of ["source", "destination"] as const) {
          expect(reading.addresses?.[side].port).toBe(addresses[side].port);
          expect(reading.addresses?.[side].address).toBe(sameEnd(addresses[side].address));
        }
      }),
    );
  });

  test("asks for more at every place where it may be cut", () => {
    fc.assert(
      fc.property(version, ends, (v, addresses) => {
        const header = writeProxyHeader(v, addresses);
        for (let length = 0; length < header.length; length++)
          expect(readProxyHeader(header.subarray(0, length)).kind).toBe("more");
      }),
    );
  });

  test("with one byte changed is never read beyond what came, and never throws", () => {
    fc.assert(
      fc.property(version, ends, fc.nat(), fc.integer({ min: 0, max: 255 }), (v, addresses, at, byte) => {
        const bytes = Buffer.from(writeProxyHeader(v, addresses));
        bytes[at % bytes.length] = byte;
        const reading = readProxyHeader(bytes);
        if (reading.kind === "header") expect(reading.length).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  test("without addresses says that they are unknown", () => {
    const unknown = { address: "", port: 0 };
    for (const v of ["v1", "v2"] as const) {
      const header = writeProxyHeader(v, { source: unknown, destination: unknown });
      expect(readProxyHeader(header)).toEqual({
        kind: "header",
        length: header.length,
        addresses: undefined,
      });
    }
  });
});

test("both versions are written as the specification shows them", () => {
  const addresses = {
    source: { address: "192.168.0.1", port: 56_324 },
    destination: { address: "192.168.0.11", port: 443 },
  };
  expect(writeProxyHeader("v1", addresses).toString()).toBe(
    "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
  );
  expect(writeProxyHeader("v2", addresses)).toEqual(
    v2(0x21, 0x11, 0, 12, 192, 168, 0, 1, 192, 168, 0, 11, 0xdc, 0x04, 0x01, 0xbb),
  );
});

describe("what is read without addresses:", () => {
  const cases: readonly (readonly [string, Buffer])[] = [
    ["version 1, unknown", Buffer.from("PROXY UNKNOWN\r\n")],
    ["version 1, unknown with what else stands in its line", Buffer.from("PROXY UNKNOWN ffff::1 x 1 2\r\n")],
    ["version 2, a health check of the proxy itself", v2(0x20, 0, 0, 0)],
    ["version 2, local with addresses", v2(0x20, 0x11, 0, 12, ...ipv4)],
    ["version 2, of no family, with a TLV", v2(0x21, 0, 0, 5, 4, 0, 2, 9, 9)],
    ["version 2, over a Unix socket", v2(0x21, 0x31, 0, 216, ...new Array<number>(216).fill(47))],
  ];
  test.each(cases)("%s", (_, bytes) => {
    expect(readProxyHeader(bytes)).toEqual({ kind: "header", length: bytes.length, addresses: undefined });
  });
});

describe("what is refused:", () => {
  const cases: readonly (readonly [string, Buffer | string])[] = [
    ["no header at all", "GET / HTTP/1.1\r\n"],
    ["a small letter", "proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n"],
    ["two blanks", "PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n"],
    ["a line feed alone", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n"],
    ["an IPv6 address as TCP4", "PROXY TCP4 ::1 ::1 1 2\r\n"],
    ["an IPv4 address as TCP6", "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n"],
    ["an address that is none", "PROXY TCP4 1.2.3.256 5.6.7.8 1 2\r\n"],
    ["a port with a leading zero", "PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n"],
    ["a port above 65535", "PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n"],
    ["a port that is missing", "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n"],
    ["another protocol", "PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n"],
    ["a line that goes on for ever", `PROXY UNKNOWN ${"x".repeat(100)}`],
    ["version 3", v2(0x31, 0x11, 0, 12, ...ipv4)],
    ["an unknown command", v2(0x22, 0x11, 0, 12, ...ipv4)],
    ["datagrams", v2(0x21, 0x12, 0, 12, ...ipv4)],
    ["an unknown family", v2(0x21, 0x41, 0, 12, ...ipv4)],
    ["too few bytes for its addresses", v2(0x21, 0x11, 0, 11, ...ipv4.slice(1))],
    ["a TLV that goes beyond the end", v2(0x21, 0x11, 0, 16, ...ipv4, 4, 0, 2, 9)],
    ["half a TLV", v2(0x21, 0x11, 0, 14, ...ipv4, 4, 0)],
    ["one that is very long", v2(0x21, 0x11, 0xff, 0xff)],
  ];
  test.each(cases)("%s", (_, bytes) => {
    expect(readProxyHeader(Buffer.from(bytes as string))).toMatchObject({ kind: "invalid" });
  });
});

test("an address as text is the one that it was read from", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = formatAddress([...bytes]);
      const isMapped =
        bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
      expect(parseAddress(text)).toEqual([...bytes.slice(isMapped ? 12 : 0)]);
    }),
  );
  // RFC 5952 §4.
  expect(formatAddress(parseAddress("2001:db8:0:0:1:0:0:1") ?? [])).toBe("2001:db8::1:0:0:1");
  expect(formatAddress(parseAddress("2001:db8:0:1:1:1:1:1") ?? [])).toBe("2001:db8:0:1:1:1:1:1");
  expect(formatAddress(parseAddress("::") ?? [])).toBe("::");
});
