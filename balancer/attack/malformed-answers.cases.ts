import { describe, expect, test } from "bun:test";
import { type EdgeUnderTest, edgeUnderTest } from "../http/cases/edge-under-test.ts";
import type { StartEdge } from "../testing/edge-fixture.ts";
import type { RawClient } from "../testing/raw-client.ts";
import { okWith, type Respond } from "../testing/raw-origin.ts";
import { answerBodyCases } from "./cases/answer-body.cases.ts";
import type { AnswerCase } from "./cases/answer-case.ts";
import { answerHeadCases } from "./cases/answer-head.cases.ts";

/** A target whose answers are wrong harms nobody: each client gets an answer that is its own, and of one meaning. */
export function malformedAnswerCases(name: "wire" | "serve", start: StartEdge): void {
  for (const [about, cases] of [
    ["the head", answerHeadCases],
    ["the body", answerBodyCases],
  ] as const) {
    describe(`the ${name} edge and ${about} of an answer:`, () => {
      const edge = edgeUnderTest(start);
      for (const each of cases) {
        const seen = name === "serve" ? (each.onServe ?? each.seen) : each.seen;
        test(`${each.name} (${each.rfc})`, () => expectThrough(edge, each, seen));
      }
    });
  }
}

async function expectThrough(
  { open }: EdgeUnderTest,
  { bytes, after, method = "GET" }: AnswerCase,
  seen: AnswerCase["seen"],
): Promise<void> {
  const respond: Respond = ({ target }, connection) => {
    connection.send(target === "/case" ? bytes : okWith(target));
    if (target === "/case" && after === "closes") connection.close();
    if (target === "/case" && after === "resets") connection.reset();
  };
  const { edge, client } = await open(respond);
  client.request(method, "/case");
  if (seen === "cut") {
    await expect(client.answer(method)).rejects.toThrow("the peer closed after");
  } else {
    const { status, body } = await answerOf(client, method);
    expect({ status, body: body.toString("latin1") }).toEqual(seen);
    if (!client.isClosed) await expectOwn(client);
  }
  await expectOwn(await edge.client());
  await edge.inFlight(0);
}

/** The next request of a client is answered by its own answer. */
async function expectOwn(client: RawClient): Promise<void> {
  const { status, body } = await client.ask("GET", "/next");
  expect([status, body.toString()]).toEqual([200, "/next"]);
}

/** The answer, when all that came up to its end is sound. */
async function answerOf(client: RawClient, method: string) {
  const before = client.received;
  const answer = await client.answer(method);
  const names = answer.fields.map(([name]) => name);
  const text = [answer.startLine, ...answer.fields.map((field) => field.join(": "))].join("");
  expect({ before: before.length, text }).toEqual({
    before: 0,
    text: expect.stringMatching(/^[\t\x20-\xff]*$/),
  });
  const framing = names.filter((each) => each === "content-length" || each === "transfer-encoding");
  expect(framing.length).toBeLessThanOrEqual(answer.status === 204 ? 0 : 1);
  return answer;
}
