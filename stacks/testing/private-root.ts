import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A root of its own for a script that changes a machine: this machine's files, with all changes in memory and gone at the end;
 * own processes, which end with the script; and stand-ins for what must not be real.
 */
export interface PrivateRoot {
  /** An empty folder of the test's own; the script sees it under the same path. */
  readonly folder: string;
  /** Folders that the script sees as they are. */
  readonly visible: readonly string[];
  /** Shell scripts that go before the machine's commands, by name. */
  readonly commands: Readonly<Record<string, string>>;
  /** `/opt/ballast` has room for so much; undefined for as much as the memory. */
  readonly roomBytes?: number;
  readonly env: Readonly<Record<string, string>>;
}

export interface Ran {
  readonly exitCode: number;
  readonly output: string;
  /** What was written to /dev/console. */
  readonly console: string;
}

/** Why a private root can't be had here, undefined when it can. */
export function privateRootObstacle(): string | undefined {
  if (process.platform !== "linux") return "it needs Linux";
  if (process.getuid?.() !== 0) return "it needs root, for mounts of its own";
  for (const tool of ["unshare", "curl", "bash"])
    if (Bun.which(tool) === null) return `${tool} is not on the PATH`;
  const probe = `mount -t tmpfs tmpfs /mnt && mkdir /mnt/up /mnt/work /mnt/root &&
    mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/up,workdir=/mnt/work /mnt/root`;
  const tried = Bun.spawnSync(["unshare", "--mount", "--pid", "--fork", "sh", "-c", probe]);
  return tried.exitCode === 0 ? undefined : `mounts are not allowed: ${tried.stderr.toString().trim()}`;
}

/** Runs `script`, then `afterwards` whatever came of it; both see the private root. */
export async function runInPrivateRoot(root: PrivateRoot, script: string, afterwards: string): Promise<Ran> {
  const { folder, commands, env } = root;
  mkdirSync(join(folder, "commands"));
  for (const [name, text] of Object.entries(commands))
    writeFileSync(join(folder, "commands", name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  await Bun.write(join(folder, "script.sh"), script);
  await Bun.write(join(folder, "afterwards.sh"), afterwards);
  await Bun.write(join(folder, "console"), "");
  await Bun.write(join(folder, "enter.sh"), enter(root));
  const inside = Bun.spawn(
    ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", join(folder, "enter.sh")],
    { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env }, stdout: "pipe", stderr: "pipe" },
  );
  const [output, complaint] = await Promise.all([
    new Response(inside.stdout).text(),
    new Response(inside.stderr).text(),
  ]);
  const exitCode = await inside.exited;
  return { exitCode, output: output + complaint, console: await Bun.file(join(folder, "console")).text() };
}

function enter({ folder, visible, roomBytes }: PrivateRoot): string {
  const layer = join(folder, "layer");
  const binds = [folder, ...visible].filter((path) => existsSync(path));
  return `set -e
mkdir ${layer} && mount -t tmpfs tmpfs ${layer} && cd ${layer} && mkdir up work root
mount -t overlay overlay -o lowerdir=/,upperdir=${layer}/up,workdir=${layer}/work root
for path in ${binds.map((path) => `'${path}'`).join(" ")}; do
  mkdir -p "root$path" && mount --bind "$path" "root$path"
done
mount -t proc proc root/proc
mount -t tmpfs tmpfs root/dev
for device in null zero random urandom; do touch root/dev/$device && mount --bind /dev/$device root/dev/$device; done
touch root/dev/console && mount --bind ${folder}/console root/dev/console
mount -t tmpfs tmpfs root/etc/systemd/system
rm -rf root/opt/ballast && mkdir -p root/opt/ballast
${roomBytes === undefined ? "" : `mount -t tmpfs -o size=${roomBytes} tmpfs root/opt/ballast`}
set +e
PATH=${folder}/commands:$PATH chroot root timeout 60 bash ${folder}/script.sh
code=$?
PATH=${folder}/commands:$PATH chroot root bash ${folder}/afterwards.sh
exit $code
`;
}
