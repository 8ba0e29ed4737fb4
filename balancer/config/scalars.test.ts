import { describe, expect, test } from "bun:test";
import { faultsWith } from "./config.fixture.ts";

describe("an address", () => {
  const expected = 'an address and a port up to 65535 such as "0.0.0.0:8080", "[::]:8080" or ":8080"';

  test.each([8080, "8080", "256.1.1.1:80", "1.2.3:80", "[1::2::3]:80", "[127.0.0.1]:80", "a:65536"])(
    "to listen on is not %p",
    (listen) => {
      const [fault] = faultsWith({ listen });
      expect(fault).toEndWith(`listeners[0].listen: found ${JSON.stringify(listen)}, expected ${expected}`);
    },
  );

  test.each(["127.0.0.1:80", "[::1]:80", "lb-1.example.com:80", "10.example.com:80"])(
    "may be %s",
    (listen) => {
      expect(faultsWith({ listen })).toEqual([]);
    },
  );

  test.each(["http://256.1.1.1", "tcp://256.1.1.1:80", 80])("of a target is not %p", (url) => {
    expect(faultsWith({}, { targets: [{ url }] })[0]).toContain("url: found");
  });
});

test("a number is no duration, and the fault says what is one", () => {
  expect(faultsWith({}, { connectTimeout: 5 })[0]).toEndWith(
    'connectTimeout: found 5, expected a duration above zero such as "250ms", "2s", "1m" or "1h"',
  );
});
