import { afterEach, describe, expect, test } from "bun:test";
import type { Backend } from "../server.ts";
import { startTestBackend, testInstance } from "../test-backend.ts";
import { instanceNumber } from "./greeting.ts";

let backend: Backend | undefined;
afterEach(async () => await backend?.stop());

function get(path: string, init: RequestInit = {}, instance = testInstance): Promise<Response> {
  backend = startTestBackend(undefined, instance);
  return fetch(backend.origin + path, init);
}

describe("greeting", () => {
  test.each(["/", "/cluster1", "/cluster2", "/cluster1?x=1"])("%s is JSON by default", async (path) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("vary")).toBe("Accept");
    expect(await response.text()).toBe(
      '{"message":"Instance number 1 is responding now!","instance":"i-1","cluster":"cluster1"}',
    );
  });

  test("is HTML with name and hostname for a browser", async () => {
    const response = await get("/", { headers: { accept: "text/html,*/*;q=0.8" } });
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("vary")).toBe("Accept");
    const html = await response.text();
    expect(html).toContain("<h1>Hello from i-1</h1>");
    expect(html).toContain("Host host-1,");
  });

  test("escapes what the environment gave", async () => {
    const instance = { ...testInstance, name: "<b>A&B</b>", cluster: '"c"' };
    const response = await get("/", { headers: { accept: "text/html" } }, instance);
    const html = await response.text();
    expect(html).toContain("<h1>Hello from &lt;b&gt;A&amp;B&lt;/b&gt;</h1>");
    expect(html).toContain("&quot;c&quot;");
  });

  test("HEAD has the headers alone", async () => {
    const response = await get("/cluster1", { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(Number(response.headers.get("content-length"))).toBeGreaterThan(0);
    expect(await response.text()).toBe("");
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s is not allowed", async (method) => {
    const response = await get("/", { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
    expect(await response.text()).toBe(`found method ${method}, expected GET, HEAD\n`);
  });
});

test.each([
  ["i-1", "1"],
  ["i-12", "12"],
  ["web3", "3"],
  ["alice", "alice"],
  ["i-0a1b2c3d4e5f60718", "i-0a1b2c3d4e5f60718"],
])("the number of %s is %s", (id, number) => {
  expect(instanceNumber(id)).toBe(number);
});
