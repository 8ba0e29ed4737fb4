import { expect, test } from "bun:test";
import { axios } from "acme-client";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { AskedToWait, requestsTrusting } from "./requests.ts";

const opened = stopAfterEach();

/** What comes of asking for `path` where the answer is this. */
async function ask(answer: Response): Promise<unknown> {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => answer });
  opened({ stop: () => server.stop(true) });
  return post(`${server.url}new-order`);
}

function post(url: string): Promise<unknown> {
  axios.defaults.adapter = requestsTrusting(undefined);
  return axios.post(url, {}, { validateStatus: null }).catch((error: Error) => error);
}

test("an answer is handed on as it is, a refusal of the order itself too", async () => {
  const body = '{"detail":"DNS problem"}';
  expect(await ask(new Response(body, { status: 400, headers: { "replay-nonce": "n" } }))).toMatchObject({
    status: 400,
    data: { detail: "DNS problem" },
    headers: { "replay-nonce": "n" },
  });
});

test("an authority that is asked too often is not asked again before it says", async () => {
  const body = '{"detail":"too many certificates already issued"}';
  const seconds = await ask(new Response(body, { status: 429, headers: { "retry-after": "120" } }));
  expect(seconds).toBeInstanceOf(AskedToWait);
  expect(seconds).toMatchObject({
    message: expect.stringMatching(/\/new-order: too many certificates already issued$/),
    delayMs: 120_000,
  });
  const at = new Date(Date.now() + 3_600_000).toUTCString();
  const date = (await ask(new Response("", { status: 503, headers: { "retry-after": at } }))) as AskedToWait;
  expect(date.delayMs).toBeWithin(3_590_000, 3_601_000);
  expect(await ask(new Response("<html>", { status: 502 }))).toMatchObject({
    message: expect.stringContaining("status 502"),
    delayMs: 0,
  });
});

test("a connection that fails says which and why", async () => {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { url } = server;
  await server.stop(true);
  const failed = await post(`${url}directory`);
  expect(failed).toBeInstanceOf(Error);
  expect((failed as Error).message).toStartWith(`${url}directory: `);
});
