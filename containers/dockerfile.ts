/** One instruction of a Dockerfile, such as `COPY` with `package.json ./`. */
export interface Instruction {
  readonly name: string;
  readonly args: string;
}

export interface Stage {
  /** The image it begins with. */
  readonly base: string;
  /** After `AS`; undefined without. */
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** For tests: the stages of a Dockerfile; knows comments and lines that go on, but no heredocs. */
export function parseDockerfile(text: string): Stage[] {
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = [];
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n/g, " ")
    .split("\n");
  for (const line of lines) {
    const [, name, args = ""] = /^\s*(\w+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (name.toUpperCase() === "FROM") {
      const [, base = "", stage] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(args) ?? [];
      stages.push({ base, name: stage, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`found ${line}, expected FROM before it`);
      stage.instructions.push({ name: name.toUpperCase(), args });
    }
  }
  return stages;
}

/** The arguments of the stage's last instruction of that name; throws when there is none. */
export function lastOf(stage: Stage, name: string): string {
  const found = stage.instructions.findLast((instruction) => instruction.name === name);
  if (found === undefined) throw new Error(`expected ${name}`);
  return found.args;
}
