import { expect, test } from "bun:test";
import { parseResolvConf, wholeNames } from "./resolv-conf.ts";

test("servers, search list and ndots are read, all else passed over", () => {
  const text = `; by hand
nameserver 10.0.0.2   # first
nameserver fd00::53
nameserver not-an-address
search a.example. b.example
options timeout:1 ndots:2 edns0
lookup file bind`;
  expect(parseResolvConf(text)).toEqual({
    servers: [
      { hostname: "10.0.0.2", port: 53 },
      { hostname: "fd00::53", port: 53 },
    ],
    search: ["a.example", "b.example"],
    ndots: 2,
  });
});

test("without servers the machine's own is asked", () => {
  expect(parseResolvConf("")).toEqual({
    servers: [{ hostname: "127.0.0.1", port: 53 }],
    search: [],
    ndots: 1,
  });
});

test("a name is completed by the search list, as the system does it", () => {
  const config = { servers: [], search: ["a.example", "b.example"], ndots: 2 };
  expect(wholeNames("web", config)).toEqual(["web.a.example", "web.b.example", "web"]);
  expect(wholeNames("x.y.web", config)).toEqual(["x.y.web", "x.y.web.a.example", "x.y.web.b.example"]);
  expect(wholeNames("web.", config)).toEqual(["web"]);
});
