import { z } from "zod";

/** What Terraform says line by line with `-json`. https://developer.hashicorp.com/terraform/internals/machine-readable-ui */

export type Action = "create" | "update" | "delete" | "replace";

/** What is to happen to a resource. */
export interface Change {
  readonly address: string;
  readonly action: Action;
}

export type TerraformEvent =
  | { readonly kind: "planned"; readonly change: Change }
  | { readonly kind: "working" | "done"; readonly change: Change; readonly seconds: number }
  /** Whether those that are planned differ from those that are there. */
  | { readonly kind: "outputs"; readonly differ: boolean }
  | { readonly kind: "failed"; readonly address: string }
  /** In one line. */
  | { readonly kind: "error"; readonly text: string };

const action = z.enum(["create", "update", "delete", "replace"]);
const resource = z.object({ addr: z.string() });
const hook = z.object({ resource, action, elapsed_seconds: z.number().default(0) });

const lineSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("planned_change"), change: z.object({ resource, action }) }),
  z.object({
    type: z.literal("outputs"),
    outputs: z.record(z.string(), z.object({ action: z.string().default("noop") })),
  }),
  z.object({ type: z.enum(["apply_start", "apply_progress", "apply_complete"]), hook }),
  z.object({ type: z.literal("apply_errored"), hook: z.object({ resource }) }),
  z.object({
    type: z.literal("diagnostic"),
    diagnostic: z.object({
      severity: z.literal("error"),
      summary: z.string(),
      detail: z.string().default(""),
      address: z.string().optional(),
    }),
  }),
]);

/** What a line says; undefined for all that nobody has to know, such as reads and warnings. */
export function readEvent(line: string): TerraformEvent | undefined {
  const parsed = lineSchema.safeParse(jsonOf(line));
  if (!parsed.success) return undefined;
  const said = parsed.data;
  switch (said.type) {
    case "planned_change":
      return { kind: "planned", change: changeOf(said.change) };
    case "outputs":
      return {
        kind: "outputs",
        differ: Object.values(said.outputs).some(({ action }) => action !== "noop"),
      };
    case "apply_complete":
      return { kind: "done", change: changeOf(said.hook), seconds: said.hook.elapsed_seconds };
    case "apply_start":
    case "apply_progress":
      return { kind: "working", change: changeOf(said.hook), seconds: said.hook.elapsed_seconds };
    case "apply_errored":
      return { kind: "failed", address: said.hook.resource.addr };
    case "diagnostic": {
      const { address, summary, detail } = said.diagnostic;
      const text = [address, summary, detail].filter((part) => part !== undefined && part !== "").join(": ");
      return { kind: "error", text: text.replaceAll(/\s+/g, " ").trim() };
    }
  }
}

const changeOf = ({ resource, action }: { resource: { addr: string }; action: Action }): Change => ({
  address: resource.addr,
  action,
});

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Before it knows of `-json`, Terraform may have something to say about its own configuration.
    return undefined;
  }
}
