import { expect, test } from "bun:test";
import { labelOf, serverUrl } from "./port.ts";

test("a server's URL has the scheme of its targets, and brackets around IPv6", () => {
  expect(serverUrl({ protocol: "tcp", port: 80 }, "10.0.0.1")).toBe("tcp://10.0.0.1:80");
  expect(serverUrl({ protocol: "udp", port: 53 }, "fd00::1")).toBe("udp://[fd00::1]:53");
  expect(serverUrl({ protocol: "api", port: 80 }, "::1")).toBe("http://[::1]:80");
  expect(labelOf({ protocol: "api", port: 80 })).toBe("api/80");
});
