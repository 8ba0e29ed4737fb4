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

test("says of a name whether it is known, whatever the error says", () => {
  const error = Object.assign(new Error("odd"), { code: "EADDRINUSE" });
  const faultOf = (hostname: string) => listenFault("admin", { hostname, port: 1 }, error).message;
  expect(faultOf("no-such-name.invalid")).toEndWith("no address is found for this name");
  expect(faultOf("localhost")).toEndWith("the port is in use");
});

test("hands on what it has no words for", () => {
  expect(listenFault("admin", { hostname: "::1", port: 1 }, new Error("odd")).message).toBe(
    "admin: can't listen on [::1]:1: odd",
  );
});

function listening(address: { readonly hostname: string; readonly port: number }): void {
  try {
    Bun.listen({ ...address, socket: { data() {} } }).stop();
  } catch (error) {
    throw listenFault("listener a", address, error);
  }
}
