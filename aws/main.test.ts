import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsEnvironment } from "../balancer/testing/moto.ts";
import { stopAfterEach } from "../balancer/testing/stop-after-each.ts";
import { help } from "./help.ts";
import { StandInTerraform } from "./testing/stand-in-terraform.ts";

const stoppedLater = stopAfterEach();

async function aws(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "main.ts"), ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env.PATH ?? "", ...env },
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { exitCode: await child.exited, stdout, stderr };
}

describe("bun run aws", () => {
  test("--help", async () => {
    expect(await aws(["--help"])).toEqual({ exitCode: 0, stdout: help, stderr: "" });
  });

  test("a command line it does not understand ends with 2", async () => {
    const { exitCode, stderr } = await aws(["upp"]);
    expect([exitCode, stderr]).toEqual([
      2,
      'aws: found "upp", expected up or down; try bun run aws --help\n',
    ]);
  });

  test("settings that are wrong end with 3, a sentence each", async () => {
    const { exitCode, stderr } = await aws(["up"], {
      BALLAST_AWS_LAB_CLUSTER1_COUNT: "0",
      BALLAST_AWS_REGION: "Mars",
    });
    expect(exitCode).toBe(3);
    expect(stderr).toContain(
      "aws: lab.cluster1.count (BALLAST_AWS_LAB_CLUSTER1_COUNT): found 0, expected at least 1\n",
    );
    expect(stderr).toContain("aws: region (BALLAST_AWS_REGION): found ");
  });

  test("no Terraform, and no credentials, end with 3; with --json on standard error", async () => {
    const empty = mkdtempSync(join(tmpdir(), "ballast-path-"));
    stoppedLater({ stop: () => rmSync(empty, { recursive: true }) });
    const without = await aws(["up", "--json"], { PATH: empty });
    expect(without).toEqual({
      exitCode: 3,
      stdout: "",
      stderr: expect.stringMatching(/^aws: terraform: found no such program on the PATH, expected /),
    });
    const terraform = stoppedLater(new StandInTerraform());
    const nobody = await aws(["down"], {
      PATH: `${terraform.folder}:${process.env.PATH}`,
      HOME: empty,
      AWS_EC2_METADATA_DISABLED: "true",
    });
    expect(nobody).toEqual({
      exitCode: 3,
      stdout: "",
      stderr: expect.stringMatching(/^aws: AWS credentials: found none \(.*\), expected credentials as /),
    });
  });

  test("an AWS that is not reached is told as that", async () => {
    const terraform = stoppedLater(new StandInTerraform());
    const { exitCode, stderr } = await aws(["down"], {
      ...awsEnvironment("http://127.0.0.1:1"),
      PATH: `${terraform.folder}:${process.env.PATH}`,
    });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^aws: AWS is not reached: /);
  });
});
