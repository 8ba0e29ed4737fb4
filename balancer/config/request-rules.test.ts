import { expect, test } from "bun:test";
import { fieldFaultsOf } from "./config.fixture.ts";

function faultsWith(group: object): readonly string[] {
  const listener = { name: "a", protocol: "http", listen: ":0", routes: [{ group: "g" }] };
  const groups = { g: { targets: [{ url: "http://127.0.0.1:1" }], ...group } };
  return fieldFaultsOf({ listeners: [listener], groups });
}

test.each([
  { retries: 3, retry: { budget: 0.1 } },
  {
    retry: {
      on: ["connect-failure", "503", "5xx", "timeout"],
      perTryTimeout: "1s",
      methods: ["GET", "POST"],
    },
  },
  { hedge: {} },
  { hedge: { after: "p99.9", methods: ["GET"] } },
  { hedge: { after: "20ms" } },
  { maxRequests: 5, maxInGroup: 10, concurrency: { adaptive: true } },
])("%j is right", (group) => {
  expect(faultsWith(group)).toEqual([]);
});

test.each([
  [
    { retries: 3, retry: { attempts: 2 } },
    "groups.g.retries: found 3 beside `retry.attempts`, expected one of the two",
  ],
  [
    { retry: { on: ["503", "600"] } },
    'groups.g.retry.on[1]: found "600", expected one of "connect-failure", "reset", "timeout", "invalid-answer", "5xx", "gateway-error", "retriable-4xx", or a status from "400" to "599"',
  ],
  [
    { retry: { perTryTimeout: "1s" } },
    'groups.g.retry.perTryTimeout: found "1s" without "timeout" in `on`, expected "timeout" in `retry.on`',
  ],
  [{ retry: { budget: 2 } }, "groups.g.retry.budget: found 2, expected at most 1"],
  [{ retry: { methods: ["get"] } }, 'groups.g.retry.methods[0]: found "get", expected a method in capital'],
  [{ retry: { budgett: 1 } }, 'groups.g.retry.budgett: found an unknown key, expected "budget"'],
  [
    { hedge: { after: "p20" } },
    'groups.g.hedge.after: found "p20", expected "p95" or another from "p50" on, or a',
  ],
  [{ concurrency: {} }, "groups.g.concurrency.adaptive: found nothing, expected"],
  [
    { concurrency: { adaptive: true, min: 9, max: 3 } },
    "groups.g.concurrency.min: found 9, expected at most `max`, 3",
  ],
])("%j has its fault", (group, fault) => {
  const faults = faultsWith(group);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toStartWith(fault);
});
