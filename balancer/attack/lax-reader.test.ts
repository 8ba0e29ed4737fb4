import { describe, expect, test } from "bun:test";
import { post, posted, smuggled } from "./cases/request-case.ts";
import { leniencies, readLaxly } from "./lax-reader.ts";
import { requestCases } from "./malformed-requests.cases.ts";

/** Those with one leniency only are enough to tell readings apart. */
const simple = leniencies.filter((leniency) => Object.keys(leniency).length < 2);
const all = Object.values(requestCases).flat();
const read = (text: string) => new Set(simple.map((leniency) => JSON.stringify(readLaxly(text, leniency))));

describe("the readers of malformed requests", () => {
  test("take a request by the book in one way", () => {
    const sound =
      post(["content-length: 5"], "hello") + post(["transfer-encoding: chunked"], "2;a=b\r\nhi\r\n0\r\n\r\n");
    expect([...read(sound)]).toEqual([
      JSON.stringify({ requests: [posted("hello"), posted("hi")], rest: "" }),
    ]);
  });

  test("take a smuggled one in several", () => {
    const lines = [`content-length: ${5 + smuggled.length}`, "transfer-encoding: chunked"];
    expect(read(post(lines, `0\r\n\r\n${smuggled}`)).size).toBeGreaterThan(1);
  });

  test("would each be led astray by some message of the set, were it passed on as it is", () => {
    for (const leniency of simple.slice(1)) {
      const astray = all.filter(
        ({ bytes }) => !Bun.deepEquals(readLaxly(bytes, leniency), readLaxly(bytes, {})),
      );
      expect({ leniency, isLedAstray: astray.length > 0 }).toEqual({ leniency, isLedAstray: true });
    }
  });

  test("disagree about a third of the set", () => {
    expect(all.filter(({ bytes }) => read(bytes).size > 1).length).toBeGreaterThan(all.length / 3);
  });
});

test("the set has messages of their own names, 300 and more", () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(all.length).toBeGreaterThanOrEqual(300);
});
