import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBalancer } from "../balancer.ts";
import { parseConfig } from "../config/load.ts";
import { mask } from "../config/masked.ts";
import { type OriginRequest, okWith, RawOrigin } from "../testing/raw-origin.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";

const opened = stopAfterEach();

const token = "very-secret";

async function start(workers = 1) {
  const origins = await Promise.all(
    ["a", "b"].map((name) => RawOrigin.start((_request, connection) => connection.send(okWith(name)))),
  );
  for (const origin of origins) opened(origin);
  const directory = mkdtempSync(join(tmpdir(), "ballast-admin-"));
  opened({ stop: () => rmSync(directory, { recursive: true }) });
  const auditLog = join(directory, "audit.log");
  const config = {
    listeners: [{ name: "l", protocol: "http", listen: "127.0.0.1:0", routes: [{ group: "g" }] }],
    groups: {
      g: {
        policy: "round-robin",
        health: { interval: "20ms", path: "/health" },
        targets: origins.map(({ url }, index) => ({ id: "ab"[index], url })),
      },
    },
    admin: { listen: "127.0.0.1:0", token, auditLog },
    workers,
  };
  const loaded = parseConfig(JSON.stringify(config), "lb.json");
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  const { source } = loaded;
  const balancer = await startBalancer(loaded.config, () => {}, undefined, { source, load: () => loaded });
  opened(balancer);
  const ask = (method: string, path: string, body?: unknown, given = token) =>
    fetch(`${balancer.admin}${path}`, {
      method,
      headers: { authorization: `Bearer ${given}` },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const answers = async () => {
    const url = balancer.listeners[0]?.url ?? "";
    const texts = await Promise.all(Array.from({ length: 12 }, async () => (await fetch(url)).text()));
    return [...new Set(texts)].sort().join("");
  };
  const state = async () => {
    const document = await (await ask("GET", "/status")).json();
    return (document as { groups: { g: { targets: { state: string }[] } } }).groups.g.targets.map(
      (t) => t.state,
    );
  };
  const audit = () =>
    readFileSync(auditLog, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  /** Each target has been checked several times more. */
  const checks = async () => {
    for (const { requests } of origins) {
      const before = requests.filter(isCheck).length;
      await until("several checks", () => requests.filter(isCheck).length >= before + 3);
    }
  };
  return { config, ask, answers, state, audit, checks };
}

const isCheck = ({ target }: OriginRequest) => target === "/health";

test.each([1, 2])(
  "a target that is drained gets nothing, whatever its checks say, until it is enabled, with %d workers",
  async (workers) => {
    const { ask, answers, state, audit, checks } = await start(workers);
    await until("both are healthy", async () => (await state()).join() === "healthy,healthy");
    expect((await ask("POST", "/groups/g/targets/a/drain")).status).toBe(200);
    expect(await answers()).toBe("b");
    await checks();
    expect(await answers()).toBe("b");
    expect((await state())[0]).toBe("draining");
    expect((await ask("POST", "/reload")).status).toBe(200);
    expect((await state())[0]).toBe("draining");
    expect((await ask("POST", "/groups/g/targets/a/enable")).status).toBe(200);
    await until("it has its part again", async () => (await answers()) === "ab");
    expect(audit()).toMatchObject([
      { peer: "127.0.0.1", action: "drain", subject: "g/a", ok: true },
      { action: "reload", ok: true },
      { action: "enable", subject: "g/a", ok: true },
    ]);
  },
);

test.each([1, 2])("a drained target stays so when its group changes, with %d workers", async (workers) => {
  const { ask, answers, state, config, checks } = await start(workers);
  await until("both are healthy", async () => (await state()).join() === "healthy,healthy");
  await ask("POST", "/groups/g/targets/a/drain");
  const { g } = config.groups;
  const changed = { ...g, policy: "random", health: { ...g.health, interval: "10ms" } };
  expect((await ask("PUT", "/config", { ...config, groups: { g: changed } })).status).toBe(200);
  await checks();
  expect((await state())[0]).toBe("draining");
  expect(await answers()).toBe("b");
  // Without it, and with it again, it is another one.
  const [, b] = g.targets;
  await ask("PUT", "/config", { ...config, groups: { g: { ...g, targets: [b] } } });
  await ask("PUT", "/config", config);
  await until("it has its part again", async () => (await answers()) === "ab");
});

test("a target or group that does not exist is told, with those that do", async () => {
  const { ask, audit } = await start();
  const missing = await ask("POST", "/groups/g/targets/c/drain");
  expect([missing.status, await missing.json()]).toEqual([
    404,
    { ok: false, faults: ['found target "c", expected one of a, b'] },
  ]);
  expect((await ask("POST", "/groups/h/targets/a/drain")).status).toBe(404);
  expect(audit()).toMatchObject([
    { action: "drain", subject: "g/c", ok: false },
    { subject: "h/a", ok: false },
  ]);
});

test("the config shows no secret, and can be given back changed", async () => {
  const { ask, answers, audit, config } = await start();
  const shown = (await (await ask("GET", "/config")).json()) as typeof config;
  expect(shown).toEqual({ ...config, admin: { ...config.admin, token: mask } });
  const [, b] = shown.groups.g.targets;
  const changed = { ...shown, groups: { g: { ...shown.groups.g, targets: [b] } } };
  const put = await ask("PUT", "/config", changed);
  expect([put.status, await put.json()]).toEqual([200, { ok: true, needRestart: [] }]);
  expect(await answers()).toBe("b");
  expect(await (await ask("GET", "/config")).json()).toEqual(changed);
  expect(audit()).toMatchObject([{ action: "put config", ok: true }]);
});

test("a config with faults changes nothing, and all of them are told", async () => {
  const { ask, answers, config, audit } = await start();
  const bad = { ...config, groups: { g: { ...config.groups.g, polcy: "random" } } };
  const put = await ask("PUT", "/config", bad);
  expect(put.status).toBe(422);
  expect(await put.json()).toEqual({
    ok: false,
    faults: [expect.stringContaining('groups.g.polcy: found an unknown key, expected "policy"')],
  });
  expect((await ask("PUT", "/config", "{")).status).toBe(422);
  expect(await answers()).toBe("ab");
  expect(audit()).toMatchObject([{ ok: false }, { ok: false }]);
});

test("nothing is changed or shown without the token, and who tried is in the audit log", async () => {
  const { ask, audit } = await start();
  const tries = [
    ["GET", "/config"],
    ["PUT", "/config"],
    ["POST", "/reload"],
    ["POST", "/groups/g/targets/a/drain"],
    ["POST", "/groups/g/targets/a/enable"],
  ] as const;
  for (const [method, path] of tries) expect((await ask(method, path, undefined, "wrong")).status).toBe(401);
  expect(audit()).toEqual(
    tries.map(([method, path]) => ({
      time: expect.any(String),
      peer: "127.0.0.1",
      action: `${method} ${path}`,
      ok: false,
      faults: ["found a token that is not `admin.token`"],
    })),
  );
});
