import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Backend } from "../server.ts";
import { startTestBackend } from "../test-backend.ts";

let backend: Backend;
beforeAll(() => {
  backend = startTestBackend();
});
afterAll(async () => await backend.stop());

describe("/<n>", () => {
  test.each([
    ["0", "False"],
    ["1", "False"],
    ["2", "True"],
    ["4", "False"],
    ["5", "True"],
    ["%35", "True"],
    ["5?x=4", "True"],
    ["9007199254740881", "True"],
    ["9007199254740991", "False"],
  ])("/%s is %s", async (path, answer) => {
    const response = await fetch(`${backend.origin}/${path}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toStartWith("text/plain");
    expect(await response.text()).toBe(answer);
  });

  test.each([
    ["foo", "foo"],
    ["-1", "-1"],
    ["1.5", "1.5"],
    ["9007199254740992", "9007199254740992"],
    ["%0a", "\n"],
    ["2/", "2/"],
    ["2/3", "2/3"],
    ["favicon.ico", "favicon.ico"],
  ])("/%s has a reason of one line", async (path, quoted) => {
    const response = await fetch(`${backend.origin}/${path}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toBe(
      `found ${JSON.stringify(quoted)}, expected a whole number from 0 to 9007199254740991 (2^53-1)\n`,
    );
  });

  test.each(["5", "no/such/path"])("POST /%s is not allowed", async (path) => {
    const response = await fetch(`${backend.origin}/${path}`, { method: "POST", body: "x" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
  });
});
