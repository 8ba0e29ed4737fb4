import { expect, test } from "bun:test";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { AuditLog } from "./audit-log.ts";

function start(file?: string) {
  const lines: string[] = [];
  const clock = new VirtualClock();
  return { lines, clock, audit: new AuditLog(file, (line) => lines.push(line), clock) };
}

test("those who are turned away can't fill the disk, and what is done is kept whatever they do", () => {
  const { lines, clock, audit } = start();
  const denyMany = () => {
    for (let i = 0; i < 1000; i++) audit.deny("192.0.2.1", "PUT /config", "found no token");
  };
  denyMany();
  expect(lines).toHaveLength(10);
  audit.add({ peer: "127.0.0.1", action: "drain", subject: "g/a", ok: true });
  expect(lines).toHaveLength(11);
  clock.advance(1000);
  denyMany();
  expect(lines).toHaveLength(21);
  expect(JSON.parse(lines[20]?.replace(/^audit: /, "") ?? "")).toMatchObject({
    peer: "192.0.2.1",
    action: "PUT /config",
    ok: false,
    faults: ["found no token"],
  });
});

test("an entry is in the log when its file can't be written to", () => {
  const { lines, audit } = start("/nowhere/audit.log");
  audit.add({ peer: "127.0.0.1", action: "reload", ok: true });
  expect(lines).toEqual([
    expect.stringMatching(/^audit: \/nowhere\/audit.log can't be written to: .*"reload"/),
  ]);
});
