import { expect, test } from "bun:test";
import { fieldFaultsOf } from "./config.fixture.ts";

function faultsWith(route: object): readonly string[] {
  const listener = { name: "a", protocol: "http", listen: ":0", routes: [route] };
  const group = { targets: [{ url: "http://127.0.0.1:1" }] };
  const tcp = { targets: [{ url: "tcp://127.0.0.1:1" }] };
  const config = { listeners: [listener], groups: { g: group, h: group, tcp } };
  return fieldFaultsOf(config).map((fault) => fault.replace(/^listeners\[0\]\.routes\[0\]\.?/, ""));
}

const split = [
  { group: "g", weight: 95 },
  { group: "h", weight: 5 },
];

test.each([
  { split },
  { split, splitOn: "cookie:user" },
  { group: "g", mirror: { group: "h", percent: 0.5 } },
  { split, mirror: { group: "h" } },
])("%j is right", (route) => {
  expect(faultsWith(route)).toEqual([]);
});

test.each([
  [{}, "group: found nothing, expected a group, or `split`"],
  [{ group: "g", split }, 'group: found "g" beside `split`, expected one of the two'],
  [{ group: "g", splitOn: "ip" }, 'splitOn: found "ip" without `split`, expected `split` beside it'],
  [{ split: [{ group: "g", weight: 0 }] }, "split: found no weight above 0, expected one at least"],
  [
    { split: [{ group: "gg", weight: 1 }] },
    'split[0].group: found "gg", expected a group of this file (g, h, tcp)',
  ],
  [{ split: [{ group: "g", weight: -1 }] }, "split[0].weight: found -1, expected at least 0"],
  [{ group: "g", mirror: { group: "x" } }, 'mirror.group: found "x", expected a group of this file'],
  [{ group: "g", mirror: { group: "tcp" } }, 'mirror.group: found "tcp", whose targets speak tcp'],
  [{ group: "g", mirror: { group: "h", percent: 101 } }, "mirror.percent: found 101, expected at most 100"],
])("%j has its fault", (route, fault) => {
  const faults = faultsWith(route);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toStartWith(fault);
});
