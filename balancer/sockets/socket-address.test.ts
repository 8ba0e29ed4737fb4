import { describe, expect, test } from "bun:test";
import { addressBytes, hostnameIn, portIn, socketAddress } from "./socket-address.ts";

/** As the system would have written it. */
function view(hostname: string, port: number): DataView {
  const address = new Uint8Array(addressBytes).fill(255);
  address.set(socketAddress(hostname, port).bytes);
  return new DataView(address.buffer);
}

describe("an address as the system has it", () => {
  test("is laid out as ip(7) and ipv6(7) say", () => {
    expect([...socketAddress("192.0.2.1", 8080).bytes]).toEqual([
      2, 0, 0x1f, 0x90, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    const { bytes } = socketAddress("2001:db8::1", 443);
    expect([...bytes.slice(0, 8)]).toEqual([10, 0, 1, 187, 0, 0, 0, 0]);
    expect([...bytes.slice(8)]).toEqual([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  });

  for (const hostname of [
    "0.0.0.0",
    "127.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "2001:db8::1",
    "fe80::1:2:3:4",
    "1:2:3:4:5:6:7:8",
  ]) {
    test(`${hostname} is read as it was written`, () => {
      const address = view(hostname, 65_535);
      expect([hostnameIn(address), portIn(address)]).toEqual([hostname, 65_535]);
    });
  }

  test("of IPv4 in IPv6 is told as that", () => {
    const address = view("::1", 1);
    for (const [index, byte] of [0xff, 0xff, 192, 0, 2, 1].entries()) address.setUint8(18 + index, byte);
    expect(hostnameIn(address)).toBe("::ffff:192.0.2.1");
  });

  for (const hostname of ["localhost", "", "1.2.3", "fe80::1%eth0"]) {
    test(`${JSON.stringify(hostname)} is none`, () => {
      expect(() => socketAddress(hostname, 80)).toThrow("no IP address");
    });
  }
});
