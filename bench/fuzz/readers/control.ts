import fc from "fast-check";
import { readMessage } from "../../../balancer/control/message.ts";
import { ObjectScanner } from "../../../balancer/control/object-scanner.ts";
import { type FuzzedReader, mustHold, split } from "../reader.ts";

const register = '{"cmd":"register","protocol":"tcp","port":80}';
const maxBytes = 4096;

/** Objects on the control channel. */
export const controlReader: FuzzedReader = {
  name: "control",
  corpus: [
    register,
    '{"cmd":"unregister","protocol":"udp","port":9999}\n{"ack":"hello"}',
    '{"cmd":"register","protocol":"api","port":8080,"weight":2.5,"id":"a","policy":"least-load","token":"s"}\r\n',
    `hello\n${register}${register}`,
    '{"a":{"b":[{"c":"}{\\"\\\\"}]}}',
    `{"cmd":"register","protocol":"tcp","port":80,"id":"${"x".repeat(200)}"}`,
    "{".repeat(2000),
    `{"a":${"[".repeat(1000)}${"]".repeat(1000)}}`,
    '{"__proto__":{"cmd":"register"},"constructor":1}',
    '{"cmd":"register","protocol":"tcp","port":1e400}',
  ],
  words: [
    "{",
    "}",
    '"',
    "\\",
    "\n",
    ":",
    ",",
    '"cmd"',
    '"port"',
    "65536",
    "-0",
    "1e309",
    "null",
    '"__proto__"',
    "\\u0000",
    "\\ud800",
    "\xc3",
    "\xff",
    '{"cmd":"register"',
    "[[",
  ],
  structured: fc
    .oneof(
      fc.json(),
      fc
        .record({ cmd: fc.constantFrom("register", "unregister"), protocol: fc.string(), port: fc.float() })
        .map((message) => JSON.stringify(message)),
    )
    .map((text) => Buffer.from(text).toString("latin1")),
  check(input, random) {
    const whole = scan([input]);
    const parts = scan(split(input, random));
    mustHold(Bun.deepEquals(whole, parts), "a stream in parts is read as another", [whole, parts]);
  },
};

function scan(parts: readonly Buffer[]): string[] {
  const scanner = new ObjectScanner(maxBytes);
  const found: string[] = [];
  for (const part of parts) {
    scanner.push(part, (scanned) => {
      if (scanned.kind === "fault") {
        found.push(scanned.fault);
        return;
      }
      const read = readMessage(scanned.text);
      if (!read.ok)
        mustHold(read.fault.length > 0 && read.fault.length <= 500, "a fault without words", read.fault);
      if (read.ok && read.message.kind === "register") {
        const { port, weight } = read.message.registration;
        mustHold(
          Number.isInteger(port) && port > 0 && port < 65_536 && weight > 0,
          "a registration that is none",
          read,
        );
      }
      found.push(JSON.stringify(read));
    });
  }
  return found;
}
