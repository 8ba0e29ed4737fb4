import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Service, serviceUnit, userData } from "./user-data.ts";

const service: Service = {
  name: "balancer",
  region: "eu-central-1",
  bucket: "a-bucket",
  key: "balancer/abc",
  sha256: "abc",
  options: ["--config", "/etc/ballast/lb.json"],
  ready: "http://127.0.0.1:80/status",
  config: '{\n "groups": {}\n}',
  certificateSecret: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:lab-AbCdEf",
};

test("is a script that bash takes", () => {
  const bash = Bun.spawnSync(["bash", "-n"], { stdin: new TextEncoder().encode(userData(service)) });
  expect(bash.stderr.toString()).toBe("");
  expect(bash.exitCode).toBe(0);
});

const shellcheck = Bun.which("shellcheck");
test.skipIf(shellcheck === null)("shellcheck has nothing to say of it (needs shellcheck)", () => {
  const checked = Bun.spawnSync([shellcheck ?? "", "-"], {
    stdin: new TextEncoder().encode(userData(service)),
  });
  expect(checked.stdout.toString()).toBe("");
  expect(checked.exitCode).toBe(0);
});

test("does what this machine is for, in this order", () => {
  const lines = userData(service).split("\n");
  const order = [
    "fetch aws s3 cp --only-show-errors",
    '[ "$found" = "$expected" ] || fail',
    "mv /opt/ballast/balancer.new /opt/ballast/balancer",
    "fetch read_secret 'arn:aws:secretsmanager:",
    "cat > /etc/ballast/lb.json",
    "check=$(/opt/ballast/balancer --config /etc/ballast/lb.json --check",
    "cat > /etc/systemd/system/ballast-balancer.service",
    "systemctl enable --now ballast-balancer",
    "curl --silent --fail",
  ].map((start) => lines.findIndex((line) => line.startsWith(start)));
  expect(order).not.toContain(-1);
  expect(order).toEqual([...order].sort((a, b) => a - b));
});

test("a program without config or certificate has neither", () => {
  const { config: _, certificateSecret: __, ...backend } = service;
  const script = userData({ ...backend, name: "backend" });
  expect(script).not.toContain("lb.json <<");
  expect(script).not.toContain("secretsmanager");
});

test("the unit runs as its own user, can write nothing, and may only bind low ports", () => {
  const unit = serviceUnit(service, "/opt/ballast/balancer").split("\n");
  for (const line of [
    "User=ballast",
    "ExecStart=/opt/ballast/balancer --config /etc/ballast/lb.json",
    "Environment=AWS_REGION=eu-central-1",
    "ProtectSystem=strict",
    "NoNewPrivileges=yes",
    "AmbientCapabilities=CAP_NET_BIND_SERVICE",
    "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
    "Restart=always",
    "LimitNOFILE=1048576",
  ])
    expect(unit).toContain(line);
});

const analyze = Bun.which("systemd-analyze");
if (analyze === null)
  console.log("a test of stacks/user-data.test.ts is skipped: systemd-analyze is not on the PATH");

test.skipIf(analyze === null)("systemd finds no fault in the unit", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ballast-unit-"));
  try {
    const file = join(folder, "ballast-backend.service");
    // systemd looks for the program.
    await Bun.write(file, serviceUnit({ ...service, name: "backend", options: [] }, "/bin/true"));
    const verify = Bun.spawnSync([analyze ?? "", "verify", "--recursive-errors=no", file]);
    expect(verify.stderr.toString()).toBe("");
    expect(verify.exitCode).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
