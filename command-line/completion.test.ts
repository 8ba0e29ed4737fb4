import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program as backend } from "../backend/command-line.ts";
import { program as balancer } from "../balancer/command-line.ts";
import { until } from "../balancer/testing/until.ts";
import { bashCompletion } from "./bash-completion.ts";
import { fishCompletion } from "./fish-completion.ts";
import { zshCompletion } from "./zsh-completion.ts";

/** What is typed, and what stands in the line after the tab key. */
const cases = [
  ["balancer --chec", "balancer --check "],
  ["balancer --config lb", "balancer --config lb.json "],
  ["balancer --config=lb", "balancer --config=lb.json "],
  ["balancer --config conf.d/o", "balancer --config conf.d/other.json "],
  ["balancer --config lb.json --ch", "balancer --config lb.json --check "],
  ["./balancer --sch", "./balancer --schema "],
  ["balancer to", "balancer top "],
  ["balancer top --onc", "balancer top --once "],
  ["balancer top --conf", "balancer top --conf"],
  ["balancer completion z", "balancer completion zsh "],
  ["balancer --health l", "balancer --health l"],
  ["backend --role ech", "backend --role echo "],
  ["backend --protocol u", "backend --protocol udp "],
  ["backend --profile t2.l", "backend --profile t2.large "],
  ["backend --profile slo", "backend --profile slow.json "],
  ["backend --port 1 --role f", "backend --port 1 --role frontend "],
  ["backend comp", "backend completion "],
] as const;

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** How each shell, started without anybody's settings, reads the scripts, and writes its line to `line` at Ctrl-T. */
const startUp = {
  bash: (directory: string) => [
    "bind 'set bell-style none'",
    `source ${directory}/balancer.bash; source ${directory}/backend.bash`,
    `bind -x '"\\C-t": printf %s "$READLINE_LINE" > ${directory}/line'`,
    // Control sequences of no use here.
    "bind 'set enable-bracketed-paste off'",
  ],
  zsh: (directory: string) => [
    // One is found by its file's name, the other is sourced: the scripts are made for both.
    `fpath=(${directory}/fpath $fpath); autoload -Uz compinit; compinit -D -u; setopt no_beep`,
    `source ${directory}/balancer.zsh`,
    `write-line() { print -rn -- "$BUFFER" > ${directory}/line }; zle -N write-line; bindkey '^T' write-line`,
  ],
};

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "ballast-completion-"));
  mkdirSync(join(directory, "files", "conf.d"), { recursive: true });
  for (const name of ["lb.json", "slow.json", "conf.d/other.json"])
    writeFileSync(join(directory, "files", name), "{}");
  for (const [shell, script] of Object.entries(scripts))
    for (const program of [balancer, backend])
      writeFileSync(join(directory, `${program.name}.${shell}`), script(program));
  mkdirSync(join(directory, "fpath"));
  writeFileSync(join(directory, "fpath", "_backend"), zshCompletion(backend));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Whether the tests of a shell can't run here, which is told. */
function isMissing(shell: keyof typeof scripts): boolean {
  if (Bun.which(shell) !== null) return false;
  console.log(`no ${shell} here: its completion is not tested`);
  return true;
}

/** A shell on a terminal of its own, at which keys are pressed. */
class TypedShell {
  private readonly child: Bun.Subprocess;
  private shown = "";

  private constructor(command: readonly string[]) {
    this.child = Bun.spawn([...command], {
      cwd: join(directory, "files"),
      env: { PATH: process.env.PATH, HOME: directory, TERM: "dumb", PS1: "$ ", HISTFILE: "/dev/null" },
      terminal: { cols: 200, rows: 50, data: (_, data) => this.show(data.toString()) },
    });
  }

  static async start(command: readonly string[], lines: readonly string[]): Promise<TypedShell> {
    const shell = new TypedShell(command);
    for (const line of lines) shell.press(`${line}\r`);
    // In two parts: what is echoed is not what is printed.
    shell.press("echo rea''dy\r");
    await until("the shell is ready", () => /^ready/m.test(shell.shown), 10_000);
    return shell;
  }

  /** The line after the tab key. */
  async completed(typed: string): Promise<string> {
    const file = join(directory, "line");
    rmSync(file, { force: true });
    this.press(`${typed}\t\x14`);
    const line = await until("the line is written", () => readOrUndefined(file));
    this.press("\x15");
    return line;
  }

  stop(): void {
    this.child.kill("SIGKILL");
    this.child.terminal?.close();
  }

  private show(text: string): void {
    this.shown += text;
  }

  private press(keys: string): void {
    this.child.terminal?.write(keys);
  }
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8") || undefined;
  } catch {
    return undefined;
  }
}

describe.each([
  ["bash", ["bash", "--norc", "--noprofile", "-i"]],
  ["zsh", ["zsh", "-f", "-i"]],
] as const)("%s", (name, command) => {
  test.skipIf(isMissing(name))("completes what is typed", async () => {
    const shell = await TypedShell.start(command, startUp[name](directory));
    try {
      for (const [typed, expected] of cases) expect(await shell.completed(typed)).toBe(expected);
    } finally {
      shell.stop();
    }
  });
});

describe("fish", () => {
  test.skipIf(isMissing("fish"))("completes what is typed", () => {
    const asked = cases.map(([typed]) => `complete -C '${typed}' | string replace -r '\\t.*' ''; echo ==`);
    const sources = [balancer, backend].map(({ name }) => `source ${directory}/${name}.fish`);
    const fish = Bun.spawnSync(["fish", "--no-config", "-c", [...sources, ...asked].join("\n")], {
      cwd: join(directory, "files"),
      env: { PATH: process.env.PATH, HOME: directory },
    });
    expect(fish.stderr.toString()).toBe("");
    const answers = fish.stdout.toString().trimEnd().split(/^==$/m).slice(0, -1);
    expect(answers.map((answer) => answer.trim().split("\n"))).toEqual(
      cases.map(([typed, expected]) => [typed === expected ? "" : (expected.trim().split(" ").at(-1) ?? "")]),
    );
  });
});

/** The options that a script offers, and those of the table. */
const tables = [balancer, backend].flatMap((program) =>
  [{ ...program, name: "" }, ...program.subcommands].map(
    ({ name, options }) => [`${program.name} ${name}`.trim(), Object.keys(options)] as const,
  ),
);

test.skipIf(Bun.which("bash") === null).each(tables)("bash offers every option of %s", (command, names) => {
  const words = command.split(" ");
  const [program = ""] = words;
  const call = `COMP_WORDS=(${command} --); COMP_CWORD=${words.length}; _${program}_completion`;
  const bash = Bun.spawnSync([
    "bash",
    "--norc",
    "-c",
    `source ${directory}/${program}.bash; ${call}; echo "\${COMPREPLY[@]}"`,
  ]);
  expect(bash.stdout.toString().trim().split(" ")).toEqual(names.map((name) => `--${name}`));
});

test.skipIf(Bun.which("fish") === null).each(tables)("fish offers every option of %s", (command, names) => {
  const [program = ""] = command.split(" ");
  const fish = Bun.spawnSync([
    "fish",
    "--no-config",
    "-c",
    `source ${directory}/${program}.fish; complete -C '${command} --'`,
  ]);
  const offered = fish.stdout
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t")[0]);
  expect(offered.sort()).toEqual(names.map((name) => `--${name}`).sort());
});
