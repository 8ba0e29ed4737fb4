/**
 * For tests: stands in for Terraform. Its state is a list of addresses beside it; what differs between that and the stack's
 * cdk.tf.json it plans, and what it planned it "makes". `scenario.json` beside it says what goes wrong.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Change } from "../terraform-events.ts";
import type { Scenario } from "./stand-in-terraform.ts";

const home = dirname(process.env.STAND_IN_TERRAFORM ?? "");
const scenario: Scenario = JSON.parse(readFileSync(join(home, "scenario.json"), "utf8"));
const stateFile = join(home, "state.json");
const [command = "", ...args] = process.argv.slice(2);
const say = (line: object) => console.log(JSON.stringify(line));

let state: string[] = existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, "utf8")) : [];
const keep = () => writeFileSync(stateFile, JSON.stringify(state));

function planned(): Change[] {
  if (args.includes("-destroy")) return state.map((address) => ({ address, action: "delete" }));
  const { resource }: { resource: Record<string, object> } = JSON.parse(readFileSync("cdk.tf.json", "utf8"));
  return Object.entries(resource)
    .flatMap(([type, named]) => Object.keys(named).map((name) => `${type}.${name}`))
    .filter((address) => !state.includes(address))
    .map((address) => ({ address, action: "create" }));
}

/** Until it is interrupted; then it says so as Terraform does. */
async function hang(): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 20_000);
    process.on("SIGINT", () => {
      clearTimeout(timer);
      resolve();
    });
    writeFileSync(join(home, "hangs"), "");
  });
}

async function applyAll(changes: readonly Change[]): Promise<number> {
  for (const { address, action } of changes) {
    const hook = { resource: { addr: address }, action };
    say({ type: "apply_start", hook });
    if (address === scenario.hangsAt) {
      await hang();
      say({ type: "diagnostic", diagnostic: { severity: "error", summary: "execution halted" } });
      return 1;
    }
    if (address === scenario.failsAt) {
      say({ type: "apply_errored", hook });
      const said = { summary: "creating it", detail: "InsufficientInstanceCapacity:\nnot now" };
      say({ type: "diagnostic", diagnostic: { severity: "error", address, ...said } });
      return 1;
    }
    state = action === "delete" ? state.filter((each) => each !== address) : [...state, address];
    keep();
    say({ type: "apply_complete", hook: { ...hook, elapsed_seconds: 2 } });
  }
  return 0;
}

async function run(): Promise<number> {
  switch (command) {
    case "version":
      console.log(JSON.stringify({ terraform_version: scenario.version ?? "1.11.4" }));
      return 0;
    case "init":
      if (scenario.initFault === undefined) return 0;
      console.error(`╷\n│ Error: ${scenario.initFault}\n╵`);
      return 1;
    case "state":
      console.log(["data.aws_ssm_parameter.image", ...state].join("\n"));
      return 0;
    case "plan": {
      const changes = planned();
      for (const { address, action } of changes)
        say({ type: "planned_change", change: { resource: { addr: address }, action } });
      writeFileSync(join(home, "plan.json"), JSON.stringify(changes));
      return 0;
    }
    case "apply":
      return await applyAll(JSON.parse(readFileSync(join(home, "plan.json"), "utf8")));
    case "output":
      console.log(
        JSON.stringify(
          Object.fromEntries(
            Object.entries(scenario.outputs ?? {}).map(([name, value]) => [name, { value }]),
          ),
        ),
      );
      return 0;
  }
  throw new Error(`found ${command}, expected a command that is used`);
}

appendFileSync(join(home, "calls"), `${[command, ...args].join(" ")}\n`);
process.exitCode = await run();
