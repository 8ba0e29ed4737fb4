import { expect, test } from "bun:test";
import { Guard } from "./guard.ts";
import type { Access } from "./route.ts";

function statusOf(
  hostname: string,
  token: string | undefined,
  access: Access,
  headers: Readonly<Record<string, string>>,
) {
  const guard = new Guard({ listen: { hostname, port: 9900 }, token });
  return guard.check(new Headers({ host: `${hostname}:9900`, ...headers }), access)?.status;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test.each([
  // On loopback, this machine looks freely, and acts freely while there is no token.
  ["127.0.0.1", undefined, "read", {}, undefined],
  ["127.0.0.1", undefined, "change", {}, undefined],
  ["127.0.0.1", "secret", "read", {}, undefined],
  ["127.0.0.1", "secret", "change", {}, 401],
  ["127.0.0.1", "secret", "change", bearer("secre"), 401],
  ["127.0.0.1", "secret", "change", bearer("secrets"), 401],
  ["127.0.0.1", "secret", "change", { authorization: "Basic secret" }, 401],
  ["127.0.0.1", "secret", "change", bearer("secret"), undefined],
  // Elsewhere the token opens all but what is open.
  ["10.0.0.1", "secret", "open", {}, undefined],
  ["10.0.0.1", "secret", "read", {}, 401],
  ["10.0.0.1", "secret", "read", bearer("secret"), undefined],
] as const)("%s with token %p, %s with %p: %p", (hostname, token, access, headers, expected) => {
  expect(statusOf(hostname, token, access, headers)).toBe(expected);
});

test.each([
  ["127.0.0.1", undefined],
  ["127.0.0.1:9900", undefined],
  ["127.8.8.8", undefined],
  ["LOCALHOST:1", undefined],
  ["[::1]:9900", undefined],
  ["evil.example:9900", 403],
  ["127.0.0.1.evil.example", 403],
  ["localhost.evil.example:9900", 403],
  ["", 403],
  ["[::1", 403],
] as const)("on loopback, Host %p: %p", (host, expected) => {
  expect(statusOf("127.0.0.1", undefined, "open", { host })).toBe(expected);
});

test.each([
  ["http://127.0.0.1:9900", undefined],
  ["http://evil.example", 403],
  ["http://127.0.0.1:8000", 403],
  ["null", 403],
] as const)("a page of origin %p: %p", (origin, expected) => {
  expect(statusOf("127.0.0.1", undefined, "change", { origin })).toBe(expected);
});
