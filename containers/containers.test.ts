import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../balancer/config/load.ts";
import { version } from "../package.json";
import { pythonTool } from "../scripts/python-tools.ts";
import { runBuildStage } from "./build-stage.ts";
import { lastOf, parseDockerfile, type Stage } from "./dockerfile.ts";

const root = join(import.meta.dir, "..");
const read = (name: string) => readFileSync(join(root, name), "utf8");

function stagesOf(program: string): { build: Stage; final: Stage } {
  const [build, final, ...more] = parseDockerfile(read(`Dockerfile.${program}`));
  if (build === undefined || final === undefined || more.length > 0) throw new Error("expected two stages");
  return { build, final };
}

const hadolint = pythonTool("hadolint");
if (!hadolint.ok) console.warn(`skipped: the lint of the Dockerfiles: ${hadolint.reason}`);

describe.each(["balancer", "backend"])("the image of the %s", (program) => {
  const { build, final } = stagesOf(program);

  test.skipIf(!hadolint.ok)("passes hadolint", () => {
    if (!hadolint.ok) return;
    const lint = Bun.spawnSync([hadolint.path, join(root, `Dockerfile.${program}`)]);
    expect(`${lint.stdout}${lint.stderr}`).toBe("");
    expect(lint.exitCode).toBe(0);
  });

  test("is built with the version of Bun that package.json names", () => {
    const { packageManager } = JSON.parse(read("package.json")) as { packageManager: string };
    expect(build.base).toBe(`oven/${packageManager.replace("@", ":")}-slim`);
  });

  test("holds the executable alone, runs it without a shell, and not as root", () => {
    expect(final.instructions.map(({ name }) => name)).toEqual([
      "COPY",
      "USER",
      "EXPOSE",
      "HEALTHCHECK",
      "ENTRYPOINT",
      "CMD",
    ]);
    expect(lastOf(final, "COPY")).toBe(`--from=${build.name} /src/dist/${program} /${program}`);
    expect(lastOf(final, "USER")).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(JSON.parse(lastOf(final, "ENTRYPOINT"))).toEqual([`/${program}`]);
    const check = JSON.parse(/CMD (.*)/.exec(lastOf(final, "HEALTHCHECK"))?.[1] ?? "");
    expect(check.slice(0, 2)).toEqual([`/${program}`, "--health"]);
  });

  describe("as its build stage makes it", () => {
    let image: string;
    let executable: string;
    beforeAll(() => {
      image = mkdtempSync(join(tmpdir(), "ballast-image-"));
      runBuildStage(build, root, read(".dockerignore"), image);
      executable = join(image, "src", "dist", program);
    }, 60_000);
    afterAll(() => rmSync(image, { recursive: true, force: true }));

    test("runs", () => {
      const run = Bun.spawnSync([executable, "--version"], { cwd: "/", env: {} });
      expect(run.stdout.toString()).toContain(version);
      expect(run.exitCode).toBe(0);
    });

    test.skipIf(Bun.which("ldd") === null)("needs nothing but glibc", () => {
      const listed = Bun.spawnSync(["ldd", executable]).stdout.toString();
      const libraries = [...listed.matchAll(/^\s*(\S+?)\.so/gm)].map(([, path]) => path?.split("/").at(-1));
      expect(libraries).toContain("libc");
      for (const library of libraries)
        expect(["linux-vdso", "libc", "libm", "libdl", "libpthread", "librt"]).toContain(
          library?.startsWith("ld-linux") ? "libc" : (library ?? ""),
        );
    });

    test("takes the arguments that the image gives it", () => {
      // One more that nobody knows keeps it from starting; it names all that it does not understand.
      const args: string[] = JSON.parse(lastOf(final, "CMD"));
      const run = Bun.spawnSync([executable, ...args, "--nothing-such"], { cwd: "/", env: {} });
      expect(run.stderr.toString()).toContain("Unknown option '--nothing-such'");
      const health = Bun.spawnSync([executable, "--health", "http://127.0.0.1:1/"], { cwd: "/", env: {} });
      expect([health.exitCode, health.stderr.toString()]).toEqual([
        1,
        expect.stringContaining("http://127.0.0.1:1/: found no answer"),
      ]);
    });
  });
});

describe("compose.yaml", () => {
  interface Service {
    readonly build: { readonly context: string; readonly dockerfile: string };
    readonly hostname?: string;
    readonly environment?: Readonly<Record<string, string>>;
    readonly ports?: readonly string[];
    readonly volumes?: readonly string[];
    readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
    readonly read_only: boolean;
    readonly cap_drop: readonly string[];
  }
  const { services } = Bun.YAML.parse(read("compose.yaml")) as { services: Record<string, Service> };
  const { balancer, ...backends } = services;

  test("starts one balancer and two backends, A and B", () => {
    expect(balancer?.build).toEqual({ context: ".", dockerfile: "Dockerfile.balancer" });
    const named = Object.entries(backends).map(([name, service]) => [
      name,
      service.hostname,
      service.environment?.NAME,
      service.build.dockerfile,
    ]);
    expect(named).toEqual([
      ["a", "a", "A", "Dockerfile.backend"],
      ["b", "b", "B", "Dockerfile.backend"],
    ]);
    const whenHealthy = { condition: "service_healthy" };
    expect(balancer?.depends_on).toEqual({ a: whenHealthy, b: whenHealthy });
    for (const service of Object.values(services)) {
      expect(service.read_only).toBe(true);
      expect(service.cap_drop).toEqual(["ALL"]);
    }
  });

  test("its config is sound, and fits the services, ports and checks", () => {
    const [file, place] = balancer?.volumes?.[0]?.split(":") ?? [];
    const { build: _, final } = stagesOf("balancer");
    expect(JSON.parse(lastOf(final, "CMD"))).toEqual(["--config", place]);
    const loaded = loadConfig(join(root, file ?? ""));
    if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
    const { listeners, groups, admin } = loaded.config;
    const { port } = listeners[0]?.listen ?? {};
    expect(balancer?.ports).toEqual([`${port}:${port}`]);
    expect(lastOf(final, "HEALTHCHECK")).toContain(`"http://127.0.0.1:${admin?.listen.port}/healthz"`);
    const backendPort = JSON.parse(lastOf(stagesOf("backend").final, "CMD")).at(-1);
    expect(groups.backends?.targets.map(({ url }) => url)).toEqual(
      Object.keys(backends).map((name) => `http://${name}:${backendPort}`),
    );
  });
});
