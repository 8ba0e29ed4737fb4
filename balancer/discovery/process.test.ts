import { describe, expect, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StatusDocument } from "../observe/status.ts";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { DnsServerFixture } from "../testing/dns-server.ts";
import { okWith, RawOrigin } from "../testing/raw-origin.ts";
import { SteadyLoad } from "../testing/steady-load.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";

const stoppedLater = stopAfterEach();

async function startTarget(answer: string): Promise<RawOrigin> {
  return stoppedLater(await RawOrigin.start((_, connection) => connection.send(okWith(answer))));
}

function configWith(discovery: object, more: object, workers: number) {
  return {
    workers,
    listeners: [
      {
        name: "public",
        protocol: "http",
        listen: "127.0.0.1:0",
        status: "/status",
        routes: [{ group: "g" }],
      },
    ],
    groups: { g: { discovery, policy: "round-robin", ...more } },
  };
}

async function start(discovery: object, more: object = {}, workers = 1) {
  const { balancer, port } = await BalancerProcess.serve(configWith(discovery, more, workers));
  stoppedLater(balancer);
  const url = `http://127.0.0.1:${port}`;
  const status = async () => (await (await fetch(`${url}/status`)).json()) as StatusDocument;
  const ids = async () => (await status()).groups.g?.targets.map(({ id }) => id).sort();
  const untilIds = (wanted: readonly string[]) =>
    until(`the targets are ${wanted}`, async () => String(await ids()) === String([...wanted].sort()));
  return { balancer, url, status, untilIds };
}

describe.each([1, 2])("with %p workers a file that lists targets", (workers) => {
  test("is followed under load, through replacements, damage and emptiness, with no request lost", async () => {
    const directory = mkdtempSync(join(tmpdir(), "ballast-discovery-"));
    stoppedLater({ stop: () => rmSync(directory, { recursive: true, force: true }) });
    const path = join(directory, "targets");
    const replace = (text: string) => {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    };
    const [first, second] = [await startTarget("first"), await startTarget("second")];
    const addressOf = ({ port }: RawOrigin) => `127.0.0.1:${port}`;
    replace(`${addressOf(first)}\n`);
    const balancer = await start({ provider: "file", path, interval: "20ms" }, {}, workers);
    await balancer.untilIds([addressOf(first)]);
    const load = stoppedLater(SteadyLoad.start(balancer.url));

    replace(`${addressOf(first)}\n${addressOf(second)}\n`);
    await balancer.untilIds([addressOf(first), addressOf(second)]);
    await until("both answer", () => load.answers.has("second"));

    for (const text of ["", "[", '["10.0.0.1/path"]']) replace(text);
    await until("it is told", async () => (await balancer.status()).discovery?.g?.lastError);
    rmSync(path);
    await until("it is told", () => balancer.balancer.stderr.includes("can't be read"));
    await balancer.untilIds([addressOf(first), addressOf(second)]);

    writeFileSync(path, JSON.stringify([{ id: "b", url: second.url }]));
    await balancer.untilIds(["b"]);
    const served = first.requests.length;
    await load.answered(50);
    expect(first.requests.length).toBe(served);
    expect(await load.stop()).toEqual([]);
  });
});

test("a name's addresses are followed, at the pace of their TTL", async () => {
  const target = await startTarget("here");
  let answers = [{ type: "A", address: [127, 0, 0, 1], ttlSeconds: 0 } as const];
  const dns = stoppedLater(await DnsServerFixture.start(() => ({ answers })));
  const balancer = await start({
    provider: "dns",
    name: "web.example",
    resolver: `127.0.0.1:${dns.port}`,
    port: target.port,
    minInterval: "20ms",
  });
  expect(await (await fetch(balancer.url)).text()).toBe("here");
  answers = [
    { ...answers[0], address: [127, 0, 0, 1] },
    { type: "A", address: [127, 0, 0, 2], ttlSeconds: 0 },
  ] as never;
  await balancer.untilIds([`127.0.0.1:${target.port}`, `127.0.0.2:${target.port}`]);
  answers = [];
  await until("it is told", async () => (await balancer.status()).discovery?.g?.lastError);
  expect((await balancer.status()).discovery?.g).toMatchObject({ provider: "dns", targets: 2 });
});

test("a place that names nothing leaves 503 and a line, and the targets of the config serve beside it", async () => {
  const fixed = await startTarget("fixed");
  const missing = { provider: "file", path: "/nonexistent/targets" };
  const [none, beside] = await Promise.all([
    start(missing),
    start(missing, { targets: [{ id: "fixed", url: fixed.url }] }),
  ]);
  expect((await fetch(none.url)).status).toBe(503);
  expect(none.balancer.stderr).toContain("group g: discovery (file): /nonexistent/targets: can't be read");
  expect(await (await fetch(beside.url)).text()).toBe("fixed");
});
