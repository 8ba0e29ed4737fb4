import { expect, test } from "bun:test";
import { listenFault } from "./listen-fault.ts";

for (const [address, why] of [
  [{ hostname: "192.0.2.1", port: 8080 }, "192.0.2.1:8080: this machine has no such address"],
  [{ hostname: "2001:db8::1", port: 8080 }, "[2001:db8::1]:8080: this machine has no such address"],
] as const) {
  test(`says what is wrong with ${address.hostname}`, () => {
    expect(() => listening(address)).toThrow(`listener a: can't listen on ${why}`);
  });
}

test("says that a port is in use", () => {
  const first = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const address = { hostname: "127.0.0.1", port: first.port };
  expect(() => listening(address)).toThrow(
    `listener a: can't listen on 127.0.0.1:${first.port}: the port is in use`,
  );
  first.stop();
});

test("hands on what it has no words for", () => {
  expect(listenFault("admin", { hostname: "h", port: 1 }, new Error("odd")).message).toBe(
    "admin: can't listen on h:1: odd",
  );
});

function listening(address: { readonly hostname: string; readonly port: number }): void {
  try {
    Bun.listen({ ...address, socket: { data() {} } }).stop();
  } catch (error) {
    throw listenFault("listener a", address, error);
  }
}
