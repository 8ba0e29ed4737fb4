import { expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { loggedExchange, loggedRequest } from "./logged.fixture.ts";
import { openAccessLog } from "./open-access-log.ts";

const opened = stopAfterEach();

/** `logs` is a directory that is not there yet; each `open` opens the file in it. */
function start() {
  const directory = mkdtempSync(join(tmpdir(), "ballast-log-"));
  opened({ stop: () => rmSync(directory, { recursive: true }) });
  const logs = join(directory, "logs");
  const file = join(logs, "access.log");
  const clock = new VirtualClock();
  const faults: string[] = [];
  const lost: number[] = [];
  const open = () => {
    const log = openAccessLog({
      config: { file, format: "json" },
      stdout: () => {
        throw new Error("stdout is not asked for");
      },
      clock,
      log: (fault) => faults.push(fault),
      onLost: (lines) => lost.push(lines),
    });
    const record = (status: number) => log.record(loggedRequest, status, loggedExchange, 0);
    return { log, record };
  };
  return { directory, logs, file, clock, faults, lost, open };
}

function statusesIn(file: string): number[] {
  return [...readFileSync(file, "utf8").matchAll(/"status":(\d+)/g)].map(([, status]) => Number(status));
}

test("a file that can't be written to is opened anew each second, until lines are written again", async () => {
  const { logs, file, clock, faults, lost, open } = start();
  const { log, record } = open();
  await until("it can't be opened", () => faults.length > 0);
  for (const status of [200, 201]) {
    record(status);
    clock.advance(1000);
  }
  expect(lost).toEqual([1, 1]);
  mkdirSync(logs);
  record(202);
  clock.advance(1000);
  await until("lines are written", () => faults.length > 1);
  record(203);
  await log.close();
  expect(statusesIn(file)).toEqual([202, 203]);
  expect(lost).toHaveLength(2);
  expect(faults).toEqual([
    expect.stringMatching(/^access log: ENOENT/),
    "access log: lines are written again",
  ]);
});

test("a file is appended to", async () => {
  const { logs, file, faults, open } = start();
  mkdirSync(logs);
  for (const status of [200, 404]) {
    const { log, record } = open();
    record(status);
    await log.close();
  }
  expect(statusesIn(file)).toEqual([200, 404]);
  expect(faults).toEqual([]);
});

test("a file that was moved away is opened anew; until that works, the old one goes on", async () => {
  const { directory, logs, file, clock, faults, open } = start();
  mkdirSync(logs);
  const { log, record } = open();
  record(200);
  clock.advance(200);
  await until("the file is there", () => existsSync(file) && readFileSync(file, "utf8") !== "");
  const old = join(directory, "old");
  renameSync(logs, old);
  record(201);
  log.reopen();
  expect(faults).toEqual([expect.stringMatching(/^access log: not reopened: ENOENT/)]);
  mkdirSync(logs);
  log.reopen();
  record(202);
  await log.close();
  expect(statusesIn(join(old, "access.log"))).toEqual([200, 201]);
  expect(statusesIn(file)).toEqual([202]);
});
