import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import { okWith } from "../../testing/raw-origin.ts";
import { edgeUnderTest, firstRequest, ok, withoutOwn } from "./edge-under-test.ts";

/** Which header fields pass, in both directions (RFC 9110 §7.6). */
export function headerCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("a request's fields", () => {
    test("pass with their values, Host among them", async () => {
      const scene = await open(ok);
      await scene.client.ask("GET", "/", [
        "accept: text/html;q=0.5",
        "x-name: caf\xe9",
        "cookie: a=1; b=2",
        "x-utf8: voil\xc3\xa0",
      ]);
      const request = firstRequest(scene.origin);
      expect(valuesOf(request, "host")).toEqual(["test"]);
      expect(valuesOf(request, "accept")).toEqual(["text/html;q=0.5"]);
      expect(valuesOf(request, "x-name")).toEqual(["caf\xe9"]);
      expect(valuesOf(request, "x-utf8")).toEqual(["voil\xc3\xa0"]);
      expect(valuesOf(request, "cookie")).toEqual(["a=1; b=2"]);
      await finish(scene);
    });

    test("that come more than once keep their values in order", async () => {
      const scene = await open(ok);
      await scene.client.ask("GET", "/", ["x-a: 1", "accept: a", "x-a: 2", "x-a: 3"]);
      expect(valuesOf(firstRequest(scene.origin), "x-a").join(", ")).toBe("1, 2, 3");
      await finish(scene);
    });

    test("that end at this hop do not pass, nor those that Connection names", async () => {
      const scene = await open(ok);
      await scene.client.ask("GET", "/", [
        "connection: keep-alive, X-Hop",
        "keep-alive: timeout=5",
        "te: trailers",
        "trailer: x-t",
        "proxy-authorization: Basic eDp5",
        "proxy-connection: keep-alive",
        "upgrade: h2c",
        "x-hop: secret",
        "x-kept: yes",
      ]);
      const kept = ["host", "via", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-kept"];
      expect(
        firstRequest(scene.origin)
          .fields.map(([name]) => name)
          .sort(),
      ).toEqual(kept.sort());
      await finish(scene);
    });

    test("get Via appended", async () => {
      const scene = await open(ok);
      await scene.client.ask("GET", "/", ["via: 1.0 first, 1.1 second"]);
      expect(valuesOf(firstRequest(scene.origin), "via")).toEqual(["1.0 first, 1.1 second, 1.1 ballast"]);
      await finish(scene);
    });
  });

  describe("X-Forwarded-*", () => {
    const claims = [
      "x-forwarded-for: 203.0.113.7",
      "x-forwarded-proto: https",
      "x-forwarded-host: shop.example",
      "forwarded: for=203.0.113.7",
    ];
    const forwarded = async (lines: readonly string[], trustedProxies: string[] = []) => {
      const scene = await open(ok, { listener: { trustedProxies } });
      await scene.client.ask("GET", "/", lines);
      const request = firstRequest(scene.origin);
      const [line] = await finish(scene);
      const names = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded"];
      return { values: names.flatMap((name) => valuesOf(request, name)), client: line?.client };
    };

    test("are set", async () => {
      expect(await forwarded([])).toEqual({ values: ["127.0.0.1", "http", "test"], client: "127.0.0.1" });
    });

    test("of a stranger are replaced", async () => {
      expect(await forwarded(claims, ["10.0.0.0/8"])).toEqual({
        values: ["127.0.0.1", "http", "test"],
        client: "127.0.0.1",
      });
    });

    test("of a trusted proxy are kept and appended to", async () => {
      expect(await forwarded(claims, ["127.0.0.0/8"])).toEqual({
        values: ["203.0.113.7, 127.0.0.1", "https", "shop.example", "for=203.0.113.7"],
        client: "203.0.113.7",
      });
    });

    test("of a trusted proxy can't put anything but a text into the access log", async () => {
      const claim = 'x-forwarded-for: ","status":999,"x":"';
      expect((await forwarded([claim], ["127.0.0.1"])).client).toBe('"x":"');
    });
  });

  describe("an answer's fields", () => {
    const fieldsOf = async (lines: readonly string[], setup = {}) => {
      const scene = await open(okWith("hi", lines), setup);
      const answer = await scene.client.ask("GET", "/");
      await finish(scene);
      return answer;
    };

    test("pass with their values; each Set-Cookie stays on its own line", async () => {
      const answer = await fieldsOf([
        "set-cookie: a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
        "x-name: caf\xe9",
        "vary: connection",
        'etag: W/"1"',
        // Ends with 0xA0, which is no blank in HTTP but one in JavaScript.
        "x-utf8: voil\xc3\xa0",
        "set-cookie: b=2",
        "date: Tue, 15 Nov 1994 08:12:31 GMT",
        "server: origin",
      ]);
      expect(valuesOf(answer, "set-cookie")).toEqual(["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"]);
      expect(withoutOwn(answer.fields).sort()).toEqual([
        ["etag", 'W/"1"'],
        ["server", "origin"],
        ["set-cookie", "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT"],
        ["set-cookie", "b=2"],
        ["vary", "connection"],
        ["x-name", "caf\xe9"],
        ["x-utf8", "voil\xc3\xa0"],
      ]);
      expect(valuesOf(answer, "date")).toEqual(["Tue, 15 Nov 1994 08:12:31 GMT"]);
    });

    test("that come more than once keep their values in order", async () => {
      const answer = await fieldsOf(["x-a: 1", "warning: w", "x-a: 2"]);
      expect(valuesOf(answer, "x-a").join(", ")).toBe("1, 2");
    });

    test("that end at this hop do not pass, nor those that any Connection line names", async () => {
      const answer = await fieldsOf([
        "connection: keep-alive",
        "connection: X-Hop",
        "keep-alive: timeout=5",
        "proxy-authenticate: Basic",
        "upgrade: h2c",
        "trailer: x-t",
        "x-hop: secret",
        "x-kept: yes",
      ]);
      expect(withoutOwn(answer.fields)).toEqual([["x-kept", "yes"]]);
      expect(valuesOf(answer, "keep-alive")).toEqual([]);
    });

    test("get Via appended", async () => {
      expect(valuesOf(await fieldsOf(["via: 1.1 up"]), "via").join(", ")).toBe("1.1 up, 1.1 ballast");
    });

    test("get the time at which they came where the target gives none", async () => {
      const scene = await open(okWith("hi"));
      const dates: number[] = [];
      for (let i = 0; i < 2; i++) {
        const [date = "", ...more] = valuesOf(await scene.client.ask("GET", "/"), "date");
        expect(new Date(date).toUTCString()).toBe(date);
        expect(more).toEqual([]);
        dates.push(Date.now() - Date.parse(date));
      }
      for (const ageMs of dates) expect(ageMs).toBeWithin(0, 5000);
      await finish(scene);
    });

    test("name the target when the listener exposes it", async () => {
      const exposed = await fieldsOf(["x-ballast-target: liar"], { listener: { exposeTarget: true } });
      expect(valuesOf(exposed, "x-ballast-target")).toEqual(["t0"]);
    });
  });
}
