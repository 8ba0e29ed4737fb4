import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { connectionOptions, headerFields, hopByHopNames } from "../../testing/header-fields.ts";
import { requestText } from "../../testing/http-text.ts";
import { valuesOf } from "../../testing/message.ts";
import { edgeUnderTest, firstRequest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

const set = ["host", "via", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"];

describe("a request's head at the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  test("passes with names in their case, repeated lines and their order", async () => {
    const lines = ["X-UPPER: 1", "cookie: a=1", "x-B: 1", "Cookie: b=2", "X-b: 2", "x-empty:"];
    let text = "";
    const scene = await open(
      (_request, connection) => {
        text = connection.received.toString("latin1");
        connection.send(ok);
      },
      { respondAt: "head" },
    );
    await scene.client.ask("GET", "/", lines);
    const passed = text.split("\r\n").filter((line) => /^(x-(u|b|e)|cookie)/i.test(line));
    expect(passed.map((line) => line.trimEnd())).toEqual(lines);
    await finish(scene);
  });

  for (const [title, line] of [
    ["no blank behind the colon", "x-a:b"],
    ["many blanks and tabs around its value", "x-a: \t b \t "],
  ] as const) {
    test(`may have ${title}`, async () => {
      const scene = await open(ok);
      await scene.client.ask("GET", "/", [line]);
      expect(valuesOf(firstRequest(scene.origin), "x-a")).toEqual(["b"]);
      await finish(scene);
    });
  }

  for (const target of [
    "/",
    "/a/../b",
    "/a//b/./c",
    "/%2e%2e/%00%0d%0a",
    "/?a=b?c&d=%20",
    '/"<>\\^`{|}',
    "/a;b=c,d:e@f!$&'()*+",
    "/status/../x",
  ]) {
    test(`passes its target unchanged: ${target}`, async () => {
      const scene = await open(ok);
      expect((await scene.client.ask("GET", target)).status).toBe(200);
      expect(firstRequest(scene.origin).target).toBe(target);
      expect((await finish(scene))[0]).toMatchObject({ path: target });
    });
  }

  test("passes its target without a fragment, which is not for servers", async () => {
    const scene = await open(ok);
    expect((await scene.client.ask("GET", "/a?b#c/../d")).status).toBe(200);
    expect(firstRequest(scene.origin).target).toBe("/a?b");
    await finish(scene);
  });

  for (const [target, host, forwarded] of [
    ["http://shop.example/a?b", "shop.example", "/a?b"],
    ["http://SHOP.example/a", "shop.EXAMPLE", "/a"],
    ["HTTP://shop.example:80/a", "shop.example", "/a"],
    ["http://shop.example/a", "shop.example:80", "/a"],
    ["http://shop.example:8080/a", "shop.example:8080", "/a"],
    ["http://shop.example", "shop.example", "/"],
    ["http://shop.example?b", "shop.example", "/?b"],
  ] as const) {
    test(`takes ${target} with Host ${host} for ${forwarded}`, async () => {
      const scene = await open(ok, {
        listener: { routes: [{ path: "/", host: "shop.example", group: "g" }] },
      });
      scene.client.send(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
      expect((await scene.client.answer()).status).toBe(200);
      const request = firstRequest(scene.origin);
      expect([request.target, valuesOf(request, "host")]).toEqual([forwarded, [host]]);
      await finish(scene);
    });
  }

  for (const host of ["t", "T.Example", "t:80", "127.0.0.1:8080", "[::1]", "[::1]:80", "a-b_c.d~e"]) {
    test(`passes Host: ${host}`, async () => {
      const scene = await open(ok);
      scene.client.send(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
      expect((await scene.client.answer()).status).toBe(200);
      expect(valuesOf(firstRequest(scene.origin), "host")).toEqual([host]);
      await finish(scene);
    });
  }

  test("keeps every field in order and value, but those that end at this hop", async () => {
    const scene = await open(ok);
    // Those that are passed on all the same, or change the message itself, have tests of their own.
    const special = ["te", "trailer", "transfer-encoding", "upgrade"];
    const fields = headerFields.map((all) => all.filter(([name]) => !special.includes(name)));
    const property = fc.asyncProperty(fields, connectionOptions, async (plain, options) => {
      const kept = options.filter((option) => option.toLowerCase() !== "close");
      const lines = plain.map(([name, value]) => `${name}: ${value}`);
      const before = scene.origin.requests.length;
      await scene.client.ask("GET", "/", [...lines, `connection: ${["x", ...kept].join(", ")}`]);
      const passed = scene.origin.requests[before]?.fields.filter(([name]) => !set.includes(name));
      const ended = [...hopByHopNames, ...kept.map((option) => option.toLowerCase())];
      expect(passed).toEqual(plain.filter(([name]) => !ended.includes(name)));
    });
    await fc.assert(property, { numRuns: 100 });
    await finish(scene);
  });

  test("gets the balancer's own fields, whatever it claims itself", async () => {
    const scene = await open(ok);
    scene.client.send(
      requestText("GET", "/", ["connection: via, x-forwarded-for, host", "via: 1.0 a", "VIA: 1.0 b"]),
    );
    await scene.client.answer();
    const request = firstRequest(scene.origin);
    expect(valuesOf(request, "host")).toEqual(["test"]);
    expect(valuesOf(request, "x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(valuesOf(request, "via").join(", ")).toEndWith("1.1 ballast");
    await finish(scene);
  });
});
