import { expect, test } from "bun:test";
import { startProcess } from "./process.ts";

function start(script: string) {
  const child = startProcess("child", [process.execPath, "-e", script]);
  if (!child.ok) throw new Error(child.fault);
  return child.value;
}

test("finds a line that came before it was asked for, and one that comes later", async () => {
  const child = start(
    "console.log('port 1'); setTimeout(() => console.log('port 2'), 20); setTimeout(() => {}, 1e6)",
  );
  expect(await child.waitForLine(/port 2/, 5000)).toMatchObject({ ok: true });
  const line = await child.waitForLine(/port (1)/, 5000);
  expect(line.ok && line.value[1]).toBe("1");
  await child.stop(5000);
});

test("a line that does not come in time is a fault", async () => {
  const child = start("setInterval(() => {}, 1000)");
  expect(await child.waitForLine(/ready/, 30)).toMatchObject({
    ok: false,
    fault: expect.stringContaining("30 ms"),
  });
  await child.stop(5000);
  expect(child.describe()).toContain("ended with SIGTERM");
});

test("SIGKILL ends what SIGTERM does not", async () => {
  const child = start("process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000)");
  expect(await child.waitForLine(/ready/, 5000)).toMatchObject({ ok: true });
  await child.stop(50);
  expect(child.describe()).toContain("ended with SIGKILL");
});

test("only the last lines are shown", async () => {
  const child = start("for (let n = 0; n < 50; n++) console.log('line ' + n + '.'); process.exit(3)");
  const line = await child.waitForLine(/never/, 5000);
  expect(line).toMatchObject({ ok: false, fault: expect.stringContaining("ended with code 3") });
  expect(child.describe()).toContain("line 49.");
  expect(child.describe()).not.toContain("line 29.");
});
