import { expect, test } from "bun:test";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import type { AccessLogConfig } from "../config/access-log-schema.ts";
import { parseConfig } from "../config/load.ts";
import type { AccessLog } from "../observe/access-log.ts";
import { AccessLogs } from "./access-logs.ts";

const toFile = (accessLog: string): AccessLogConfig => {
  const loaded = parseConfig(
    JSON.stringify({ listeners: [], groups: {}, control: { listen: ":1" }, accessLog }),
    "lb.json",
  );
  if (!loaded.ok || loaded.config.accessLog === undefined) throw new Error("no access log");
  return loaded.config.accessLog;
};

test("a log that is left is closed later, unless a config has it again by then", () => {
  const clock = new VirtualClock();
  const closed: string[] = [];
  const logs = new AccessLogs(
    ({ file }) => ({ close: async () => void closed.push(file) }) as Partial<AccessLog> as AccessLog,
    clock,
  );
  const one = logs.to(toFile("one"));
  const two = logs.to(toFile("two"));
  logs.leave(one, 1000);
  clock.advance(500);
  expect(logs.to(toFile("one"))).toBe(one);
  logs.leave(two, 1000);
  clock.advance(2000);
  expect(closed).toEqual(["two"]);
  expect(logs.to(toFile("two"))).not.toBe(two);
});
