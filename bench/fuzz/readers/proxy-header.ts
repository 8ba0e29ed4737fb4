import fc from "fast-check";
import { readProxyHeader, writeProxyHeader } from "../../../balancer/stream/proxy-header.ts";
import { type FuzzedReader, mustHold } from "../reader.ts";

const source = { address: "192.0.2.1", port: 40_000 };
const destination = { address: "198.51.100.7", port: 443 };
const source6 = { address: "2001:db8::1", port: 1 };
const v2 = "\r\n\r\n\0\r\nQUIT\n";

/** PROXY protocol headers, versions 1 and 2. */
export const proxyHeaderReader: FuzzedReader = {
  name: "proxy-header",
  corpus: [
    writeProxyHeader("v1", { source, destination }),
    writeProxyHeader("v1", { source: source6, destination }),
    writeProxyHeader("v2", { source, destination }),
    writeProxyHeader("v2", { source: source6, destination: source6 }),
    Buffer.from("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\nGET / HTTP/1.1\r\n"),
    Buffer.from(`${v2}\x20\0\0\0`, "latin1"),
    Buffer.from(
      `${v2}\x21\x11\0\x13\x01\x02\x03\x04\x05\x06\x07\x08\0\x50\x01\xbb\x03\0\x04\xde\xad\xbe\xef`,
      "latin1",
    ),
  ].map((bytes) => bytes.toString("latin1")),
  words: [
    "PROXY ",
    "TCP4 ",
    "TCP6 ",
    "UNKNOWN",
    "\r\n",
    "\n",
    " ",
    "255.255.255.255",
    "::",
    "65535",
    "65536",
    "00",
    v2,
    "\x21\x11",
    "\x20",
    "\x21\x31",
    "\0\x0c",
    "\xff\xff",
  ],
  structured: fc.uint8Array({ maxLength: 60 }).map((bytes) => v2 + Buffer.from(bytes).toString("latin1")),
  check(input, random) {
    const whole = readProxyHeader(input);
    if (whole.kind === "invalid") return;
    const cut = Math.floor(random() * input.length);
    const part = readProxyHeader(input.subarray(0, cut));
    if (whole.kind === "more") {
      mustHold(input.length < 4096, "it waits for more than any header has");
      mustHold(part.kind === "more", "a part is more than the whole", part);
      return;
    }
    mustHold(whole.length <= input.length, "the header is longer than what came", whole);
    mustHold(part.kind === "more" || cut >= whole.length, "a part of a header is one", part);
    const { addresses } = whole;
    if (addresses === undefined) return;
    for (const version of ["v1", "v2"] as const) {
      const again = readProxyHeader(writeProxyHeader(version, addresses));
      mustHold(
        again.kind === "header" && again.addresses !== undefined,
        "what was read can't be written",
        addresses,
      );
    }
  },
};
