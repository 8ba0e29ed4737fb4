import { afterEach, describe, expect, test } from "bun:test";
import { ec2InstanceId } from "./identity.ts";

let service: Bun.Server<undefined> | undefined;
afterEach(() => service?.stop(true));

function metadataService(answer: (request: Request) => Response | Promise<Response>): string {
  service = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer });
  return service.url.origin;
}

describe("ec2InstanceId", () => {
  test("asks as IMDSv2 wants it", async () => {
    const asked: string[] = [];
    const endpoint = metadataService((request) => {
      const { method, headers, url } = request;
      const path = new URL(url).pathname;
      asked.push(`${method} ${path}`);
      if (path === "/latest/api/token") {
        return headers.get("x-aws-ec2-metadata-token-ttl-seconds") === "60"
          ? new Response("secret")
          : new Response(null, { status: 400 });
      }
      return headers.get("x-aws-ec2-metadata-token") === "secret"
        ? new Response("i-0123456789abcdef0\n")
        : new Response(null, { status: 401 });
    });
    expect(await ec2InstanceId(endpoint)).toEqual({ ok: true, value: "i-0123456789abcdef0" });
    expect(asked).toEqual(["PUT /latest/api/token", "GET /latest/meta-data/instance-id"]);
  });

  test("a refusal is reported with address, status and text", async () => {
    const endpoint = metadataService(() => new Response("disabled", { status: 403 }));
    expect(await ec2InstanceId(endpoint)).toEqual({
      ok: false,
      faults: [`${endpoint}/latest/api/token: expected 200 and a text, found 403 "disabled"`],
    });
  });

  test("nobody there", async () => {
    const endpoint = metadataService(() => new Response());
    await service?.stop(true);
    const read = await ec2InstanceId(endpoint);
    if (read.ok) throw new Error("got an id from nobody");
    expect(read.faults[0]).toStartWith(`${endpoint}: expected the EC2 metadata service, found no answer: `);
  });

  test("a service that never answers is given up after a second", async () => {
    const endpoint = metadataService(() => new Promise(() => {}));
    const startedAtMs = performance.now();
    const read = await ec2InstanceId(endpoint);
    expect(read.ok).toBe(false);
    expect(performance.now() - startedAtMs).toBeWithin(900, 5000);
  });
});
