import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withEnvironment } from "../balancer/testing/environment.ts";
import { stopAfterEach } from "../balancer/testing/stop-after-each.ts";
import { until } from "../balancer/testing/until.ts";
import { apply, findTerraform, init, outputs, plan, resourcesInState, type Terraform } from "./terraform.ts";
import type { TerraformEvent } from "./terraform-events.ts";
import { StandInTerraform } from "./testing/stand-in-terraform.ts";

/** With the real Terraform, and resources that need no provider. */

const stoppedLater = stopAfterEach();
const program = Bun.which("terraform");
if (program === null) console.log("aws/terraform.test.ts is skipped in part: terraform is not on the PATH");
const { signal } = new AbortController();

/** A folder with these resources, each with what it runs when it is created. */
function folderWith(resources: Readonly<Record<string, string>>): Terraform {
  const folder = mkdtempSync(join(tmpdir(), "ballast-terraform-"));
  stoppedLater({ stop: () => rmSync(folder, { recursive: true }) });
  const terraform = { program: program ?? "", folder };
  write(terraform, resources);
  return terraform;
}

function write({ folder }: Terraform, resources: Readonly<Record<string, string>>, output = "one"): void {
  const terraform_data = Object.fromEntries(
    Object.entries(resources).map(([name, command]) => [
      name,
      { input: name, provisioner: [{ "local-exec": { command } }] },
    ]),
  );
  const main = { resource: { terraform_data }, output: { which: { value: output } } };
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify(main));
}

describe.skipIf(program === null)("Terraform", () => {
  test("plans, applies, gives outputs, finds nothing more to do, and destroys", async () => {
    const terraform = folderWith({ a: "true", b: "true" });
    expect(await init(terraform, signal)).toEqual({ ok: true, value: undefined });
    expect(await resourcesInState(terraform)).toEqual({ ok: true, value: [] });
    const planned = await plan(terraform, "create", signal);
    const change = (name: string, action: string) => ({ address: `terraform_data.${name}`, action });
    const both = (action: string) => expect.arrayContaining([change("a", action), change("b", action)]);
    expect(planned).toEqual({ ok: true, value: { changes: both("create"), changesOutputs: true } });
    const events: TerraformEvent[] = [];
    expect((await apply(terraform, signal, (event) => events.push(event))).ok).toBeTrue();
    expect(events.filter(({ kind }) => kind === "done")).toHaveLength(2);
    expect(await outputs(terraform)).toEqual({ ok: true, value: { which: "one" } });

    expect(await plan(terraform, "create", signal)).toEqual({
      ok: true,
      value: { changes: [], changesOutputs: false },
    });
    write(terraform, { a: "true", b: "true" }, "two");
    expect(await plan(terraform, "create", signal)).toEqual({
      ok: true,
      value: { changes: [], changesOutputs: true },
    });

    const destroy = await plan(terraform, "destroy", signal);
    expect(destroy).toMatchObject({ value: { changes: both("delete") } });
    expect((await apply(terraform, signal, () => {})).ok).toBeTrue();
    expect(await resourcesInState(terraform)).toEqual({ ok: true, value: [] });
  }, 30_000);

  test("a fault names the resource; what was made stays in the state", async () => {
    const terraform = folderWith({ good: "true", bad: "echo too dear; exit 3" });
    await init(terraform, signal);
    await plan(terraform, "create", signal);
    const events: TerraformEvent[] = [];
    const applied = await apply(terraform, signal, (event) => events.push(event));
    expect(applied).toMatchObject({
      ok: false,
      fault: expect.stringMatching(
        /^terraform apply: terraform_data\.bad: local-exec provisioner error: .*exit status 3.*too dear/,
      ),
    });
    expect(events).toContainEqual({ kind: "failed", address: "terraform_data.bad" });
    expect(await resourcesInState(terraform)).toMatchObject({
      value: expect.arrayContaining(["terraform_data.good"]),
    });
  }, 30_000);

  test("a wrong stack is told in Terraform's words, without its frame", async () => {
    const terraform = folderWith({});
    writeFileSync(join(terraform.folder, "cdk.tf.json"), '{"terraform": {"backend": {"nowhere": {}}}}');
    expect(await init(terraform, signal)).toMatchObject({
      fault: expect.stringMatching(/^terraform init: Error: Unsupported backend type .*"nowhere"/),
    });
  }, 30_000);

  test("one interrupt lets it finish what it is at", async () => {
    const terraform = folderWith({ slow: "touch begun; sleep 1; touch ended" });
    await init(terraform, signal);
    await plan(terraform, "create", signal);
    const controller = new AbortController();
    const applying = apply(terraform, controller.signal, () => {});
    await until("it is at work", () => Bun.file(join(terraform.folder, "begun")).exists(), 10_000);
    controller.abort();
    await applying;
    expect(await resourcesInState(terraform)).toEqual({ ok: true, value: ["terraform_data.slow"] });
  }, 30_000);
});

test("one that is missing or says no version is told, with where to get one", async () => {
  const empty = mkdtempSync(join(tmpdir(), "ballast-path-"));
  stoppedLater({ stop: () => rmSync(empty, { recursive: true }) });
  const missing = await withEnvironment({ PATH: empty }, findTerraform);
  expect(missing).toMatchObject({
    fault: expect.stringMatching(
      /^terraform: found no such program on the PATH, expected Terraform 1\.10 or later: https:\/\//,
    ),
  });
  const other = stoppedLater(new StandInTerraform({ version: "next" }));
  const odd = await withEnvironment({ PATH: `${other.folder}:${process.env.PATH}` }, findTerraform);
  expect(odd).toMatchObject({ fault: expect.stringContaining('found {"terraform_version":"next"}') });
});

test.each([
  ["1.9.8", false],
  ["0.15.0", false],
  ["1.10.0", true],
  ["1.11.4", true],
  ["2.0.0-beta1", true],
])("version %s: new enough is %p", async (version, isNew) => {
  const terraform = stoppedLater(new StandInTerraform({ version }));
  const found = await withEnvironment({ PATH: `${terraform.folder}:${process.env.PATH}` }, findTerraform);
  expect(found.ok).toBe(isNew);
});
