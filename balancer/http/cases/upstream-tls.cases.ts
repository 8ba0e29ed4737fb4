import { beforeAll, describe, expect, test } from "bun:test";
import { createAuthority, issue, type KeyPair } from "../../testing/certificates.ts";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, ok } from "./edge-under-test.ts";

/** Targets with https, and which certificates they must show. */
export function upstreamTlsCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("an https target", () => {
    let authority: KeyPair;
    let stranger: KeyPair;
    beforeAll(async () => {
      [authority, stranger] = await Promise.all([createAuthority(), createAuthority()]);
    });

    const trusted = [
      ["its address", "127.0.0.1", undefined],
      ["the name it is to have", "origin.example", { serverName: "origin.example" }],
    ] as const;
    for (const [what, name, tls] of trusted) {
      test(`is trusted by its authority and ${what}`, async () => {
        const setup = { upstreamCa: authority.cert, tls: await issue(authority, name) };
        const scene = await open(ok, { ...setup, ...(tls !== undefined && { group: { tls } }) });
        expect((await scene.client.ask("GET", "/")).status).toBe(200);
        expect((await scene.client.ask("POST", "/", ["content-length: 2"], "hi")).status).toBe(200);
        expect(scene.origin.connections).toHaveLength(1);
        await finish(scene);
      });
    }

    const wrong = [
      ["of another authority", () => issue(stranger, "127.0.0.1"), {}],
      ["for another address", () => issue(authority, "127.0.0.2"), {}],
      ["for another name", () => issue(authority, "other.example"), { serverName: "origin.example" }],
    ] as const;
    for (const [what, certificate, tls] of wrong) {
      test(`with a certificate ${what} gets no request, and its fault says why`, async () => {
        const scene = await open(ok, {
          upstreamCa: authority.cert,
          tls: await certificate(),
          group: { tls, health: false },
        });
        expect((await scene.client.ask("POST", "/")).status).toBe(503);
        expect(scene.origin.requests).toEqual([]);
        expect((await finish(scene))[0]?.fault).toMatch(
          /^connect: TLS: .*(altnames|signature|issuer|self.signed)/,
        );
      });
    }

    test("is taken as it is when the config says not to verify", async () => {
      const tls = await issue(stranger, "other.example");
      const scene = await open(ok, { tls, group: { tls: { verify: false } } });
      expect((await scene.client.ask("GET", "/")).status).toBe(200);
      await finish(scene);
    });

    test("that speaks no TLS is not reached", async () => {
      const { origin } = await open(ok);
      const scene = await open(ok, { group: { targets: [{ url: origin.url.replace("http:", "https:") }] } });
      scene.client.request("GET", "/");
      const connection = await until("the target is connected", () => origin.connections[0]);
      connection.send("HTTP/1.1 400 no TLS here\r\n\r\n");
      expect((await scene.client.answer()).status).toBe(503);
      await finish(scene);
    });
  });
}
