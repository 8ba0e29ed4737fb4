import { readLines } from "../bench/lab/process.ts";
import { failure, type Outcome, success } from "../bench/outcome.ts";
import { type Change, readEvent, type TerraformEvent } from "./terraform-events.ts";

/** Terraform, on one stack. */
export interface Terraform {
  readonly program: string;
  /** With the stack's cdk.tf.json. */
  readonly folder: string;
}

/** What has to happen. */
export interface Plan {
  /** Of resources. */
  readonly changes: readonly Change[];
  readonly changesOutputs: boolean;
}

/** Since then it locks a state in S3 by a file beside it. */
const oldest = { major: 1, minor: 10 };
const planFile = "ballast.tfplan";
const keptLines = 15;

/** Terraform's path, once it is there and new enough. */
export async function findTerraform(): Promise<Outcome<string>> {
  const expected = `expected Terraform ${oldest.major}.${oldest.minor} or later: https://developer.hashicorp.com/terraform/install`;
  const program = Bun.which("terraform", { PATH: process.env.PATH ?? "" });
  if (program === null) return failure(`terraform: found no such program on the PATH, ${expected}`);
  const { exitCode, lines, complaint } = await run({ program, folder: process.cwd() }, ["version", "-json"]);
  if (exitCode !== 0) return failure(`${program} version: ended with ${exitCode}: ${complaint}`);
  const [, version, major, minor] = /"terraform_version":\s*"((\d+)\.(\d+)[^"]*)"/.exec(lines.join("")) ?? [];
  if (version === undefined) return failure(`${program} version: found ${lines.join(" ")}, ${expected}`);
  const isOld =
    Number(major) < oldest.major || (Number(major) === oldest.major && Number(minor) < oldest.minor);
  return isOld ? failure(`${program}: found Terraform ${version}, ${expected}`) : success(program);
}

/** Fetches the provider and opens the state, unless that has been done. */
export async function init(terraform: Terraform, signal: AbortSignal): Promise<Outcome<void>> {
  const { exitCode, complaint } = await run(terraform, ["init", "-input=false", "-no-color"], { signal });
  return exitCode === 0 ? success(undefined) : failure(`terraform init: ${complaint}`);
}

/** Finds out what has to change for the stack to be as synthesized, or for nothing to be left of it. */
export async function plan(
  terraform: Terraform,
  aim: "create" | "destroy",
  signal: AbortSignal,
): Promise<Outcome<Plan>> {
  const changes: Change[] = [];
  let changesOutputs = false;
  const destroy = aim === "destroy" ? ["-destroy"] : [];
  const args = ["plan", "-json", "-input=false", `-out=${planFile}`, ...destroy];
  const ended = await runWithEvents(terraform, args, signal, (event) => {
    if (event.kind === "planned") changes.push(event.change);
    else if (event.kind === "outputs") changesOutputs = event.differ;
  });
  return ended.ok ? success({ changes, changesOutputs }) : ended;
}

/** Does what the last {@link plan} found. */
export async function apply(
  terraform: Terraform,
  signal: AbortSignal,
  onEvent: (event: TerraformEvent) => void,
): Promise<Outcome<void>> {
  return await runWithEvents(terraform, ["apply", "-json", "-input=false", planFile], signal, onEvent);
}

/** The addresses of all resources that the state has; none when there is no state. */
export async function resourcesInState(terraform: Terraform): Promise<Outcome<readonly string[]>> {
  const { exitCode, lines, complaint } = await run(terraform, ["state", "list"]);
  // A local state that was never written is no failure.
  if (exitCode !== 0 && complaint.includes("No state file was found")) return success([]);
  if (exitCode !== 0) return failure(`terraform state list: ${complaint}`);
  return success(lines.filter((line) => line !== "" && !line.startsWith("data.")));
}

/** The values that the stack gives out, by name. */
export async function outputs(terraform: Terraform): Promise<Outcome<Readonly<Record<string, unknown>>>> {
  const { exitCode, lines, complaint } = await run(terraform, ["output", "-json"]);
  if (exitCode !== 0) return failure(`terraform output: ${complaint}`);
  const said: Record<string, { value: unknown }> = JSON.parse(lines.join("\n"));
  return success(Object.fromEntries(Object.entries(said).map(([name, { value }]) => [name, value])));
}

async function runWithEvents(
  terraform: Terraform,
  args: readonly string[],
  signal: AbortSignal,
  onEvent: (event: TerraformEvent) => void,
): Promise<Outcome<void>> {
  const errors: string[] = [];
  const onLine = (line: string) => {
    const event = readEvent(line);
    if (event?.kind === "error") errors.push(event.text);
    if (event !== undefined) onEvent(event);
  };
  const { exitCode, complaint } = await run(terraform, args, { signal, onLine });
  if (exitCode === 0) return success(undefined);
  return failure(`terraform ${args[0]}: ${errors.length > 0 ? errors.join("\n") : complaint}`);
}

interface Ended {
  readonly exitCode: number;
  /** Of its standard output, unless somebody else took them. */
  readonly lines: readonly string[];
  /** The end of what it said on standard error; that of its output when it said nothing there. */
  readonly complaint: string;
}

interface RunOptions {
  /** Lets Terraform stop in its own way: it finishes what it is at, and writes the state. */
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

async function run(
  { program, folder }: Terraform,
  args: readonly string[],
  { signal, onLine }: RunOptions = {},
): Promise<Ended> {
  const child = Bun.spawn([program, ...args], {
    cwd: folder,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    // A terminal's Ctrl-C would reach it as well, and at the second interrupt Terraform drops everything.
    detached: true,
    env: { ...process.env, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" },
  });
  const interrupt = () => child.kill("SIGINT");
  signal?.addEventListener("abort", interrupt, { once: true });
  if (signal?.aborted) interrupt();
  const lines: string[] = [];
  const complaints: string[] = [];
  const [exitCode] = await Promise.all([
    child.exited,
    readLines(child.stdout, onLine ?? ((line) => lines.push(line))),
    readLines(child.stderr, (line) => complaints.push(line)),
  ]);
  signal?.removeEventListener("abort", interrupt);
  return { exitCode, lines, complaint: lastOf(complaints.some(isText) ? complaints : lines) };
}

/** From the first error on, without the frame that Terraform draws around what it has to say. */
function lastOf(lines: readonly string[]): string {
  const bare = lines.map((line) => line.replace(/^[╷│╵]\s?/, "").trim()).filter(isText);
  const error = bare.findIndex((line) => line.startsWith("Error:"));
  return bare.slice(error === -1 ? -keptLines : error).join(" ") || "it said nothing";
}

const isText = (line: string) => line !== "";
