import { describe, expect, test } from "bun:test";
import { parseTargetList } from "./target-list.ts";

function targets(text: string, scheme: "http" | "tcp" = "http") {
  const parsed = parseTargetList(text, scheme);
  return parsed.kind === "found" ? parsed.targets : parsed.fault;
}

describe("a list of targets", () => {
  test("is JSON with targets as the config has them, or their addresses", () => {
    const text = `[{ "id": "i-1", "url": "http://10.0.0.1:8000", "weight": 2 }, "10.0.0.2:8000", { "url": "https://c" }]`;
    expect(targets(text)).toEqual([
      { id: "i-1", url: "http://10.0.0.1:8000", weight: 2 },
      { id: "10.0.0.2:8000", url: "http://10.0.0.2:8000", weight: 1 },
      { id: "c:443", url: "https://c:443", weight: 1 },
    ]);
  });

  test("is one address a line, with blank lines and comments between", () => {
    const text = "# ours\nhttp://10.0.0.1:8000\r\n\n10.0.0.2:8000  # new\n[::1]:80\n";
    expect(targets(text)).toEqual([
      { id: "10.0.0.1:8000", url: "http://10.0.0.1:8000", weight: 1 },
      { id: "10.0.0.2:8000", url: "http://10.0.0.2:8000", weight: 1 },
      { id: "[::1]:80", url: "http://[::1]:80", weight: 1 },
    ]);
  });

  test("may begin with an IPv6 address, which is no JSON", () => {
    expect(targets("[fd00::1]:5432\n", "tcp")).toEqual([
      { id: "[fd00::1]:5432", url: "tcp://[fd00::1]:5432", weight: 1 },
    ]);
  });

  test.each(["", "\n# none yet\n", "[]", " [ ] "])("may be empty: %j", (text) => {
    expect(targets(text)).toEqual([]);
  });

  test.each([
    ['[{ "url": "http://10.0.0.1" ', /^: no JSON: /],
    ['[{ "url": "http://10.0.0.1", "wieght": 2 }]', ': [0].wieght: found an unknown key, expected "weight"'],
    [
      '["10.0.0.1", { "id": "x" }]',
      /^: \[1\]\.url: found nothing, expected http:\/\/ or https:\/\/ with a host/,
    ],
    ['{ "targets": [] }', ': (root): found {"targets":[]}, expected a list'],
    [
      "10.0.0.1:80\n10.0.0.2/x\n",
      /^:2: found "10\.0\.0\.2\/x", expected http:\/\/ or https:\/\/ with a host/,
    ],
    ["tcp://10.0.0.1:80", ": found tcp://10.0.0.1:80, expected http targets as `scheme` says"],
    ["a:80\na:80", ': found "a:80" twice, expected each id once'],
  ])("%j is refused whole, with the place", (text, fault) => {
    if (typeof fault === "string") expect(targets(text)).toBe(fault);
    else expect(targets(text)).toMatch(fault);
  });
});
