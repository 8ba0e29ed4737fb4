import { describe, expect, test } from "bun:test";
import { EdgeFixture, type StartEdge } from "../testing/edge-fixture.ts";
import type { RawClient } from "../testing/raw-client.ts";
import { chunkCases } from "./cases/chunk.cases.ts";
import { codingCases } from "./cases/coding.cases.ts";
import { fieldCases } from "./cases/field.cases.ts";
import { hopCases } from "./cases/hop.cases.ts";
import { lengthCases } from "./cases/length.cases.ts";
import type { Expected, Meaning, RequestCase } from "./cases/request-case.ts";
import { requestLineCases } from "./cases/request-line.cases.ts";
import { leniencies } from "./lax-reader.ts";
import { type OriginKind, RecordingOrigin } from "./recording-origin.ts";

export const requestCases: Readonly<Record<string, readonly RequestCase[]>> = {
  "content-length": lengthCases,
  "transfer-encoding": codingCases,
  chunks: chunkCases,
  "the request line": requestLineCases,
  fields: fieldCases,
  hops: hopCases,
};

/** Shows that an open connection is read on from the right place. */
const lastText = "GET /end HTTP/1.1\r\nhost: t\r\n\r\n";
const last: Meaning = { method: "GET", target: "/end", host: "t", body: "" };

/** Each message goes to the edge in front of a strict and of a lax target, and has one meaning to both of them. */
export function malformedRequestCases(edge: "wire" | "serve", start: StartEdge): void {
  for (const [about, cases] of Object.entries(requestCases)) {
    describe(`the ${edge} edge and ${about}:`, () => {
      for (const { name, rfc, bytes, expected, serve } of cases) {
        const wanted = edge === "serve" ? (serve?.expected ?? expected) : expected;
        test(`${name} (${rfc})`, async () => {
          await Promise.all([expectThrough("strict", bytes, wanted), expectThrough("lax", bytes, wanted)]);
        });
      }
    });
  }

  async function expectThrough(
    kind: OriginKind,
    bytes: string,
    { passed, end, mayBeGivenUp }: Expected,
  ): Promise<void> {
    const origin = await RecordingOrigin.start(kind);
    const edge = EdgeFixture.start(start, { targets: [origin.url] });
    try {
      const client = await edge.client();
      client.send(bytes);
      await expectEnd(client, passed.length, end);
      const wanted = end === "open" ? [...passed, last] : passed;
      const seen = new Set(leniencies.map((leniency) => JSON.stringify(origin.seen(leniency))));
      const allowed = [wanted, ...(mayBeGivenUp === true ? [wanted.slice(0, -1)] : [])];
      expect(allowed.map((each) => JSON.stringify(each))).toContain([...seen].join(" or "));
      expect(origin.fault).toBeUndefined();
      await edge.inFlight(0);
    } finally {
      await edge.stop();
      origin.stop();
    }
  }
}

async function expectEnd(client: RawClient, answers: number, end: Expected["end"]): Promise<void> {
  if (end === "open") {
    for (let index = 0; index < answers; index++) expect((await client.answer()).status).toBe(200);
    client.send(lastText);
    expect((await client.answer()).status).toBe(200);
    return;
  }
  if (end === "waits") client.close();
  await client.closed();
  const statuses = [...client.received.toString("latin1").matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(
    ([, status]) => Number(status),
  );
  if (typeof end === "number") expect(statuses.at(-1)).toBe(end);
  else expect(statuses.filter((status) => status !== 200)).toEqual([]);
}
