import { all, type Synthesized } from "./synthesis.ts";

/** The user-data of every instance and template, by its name. */
export function userDataOf(stack: Synthesized): (readonly [string, string])[] {
  const instances = all(stack, "aws_instance").map(([id, each]) => [id, String(each.user_data)] as const);
  const templates = all(stack, "aws_launch_template").map(([id, each]) => {
    const name = /^\$\{base64encode\(local\.(.+)\)\}$/.exec(String(each.user_data))?.[1] ?? "";
    return [id.replace(/-template$/, ""), stack.locals[name] ?? ""] as const;
  });
  return [...instances, ...templates];
}

/** The lb.json in a balancer's user-data. */
export function configIn(script: string): string {
  const config = /^cat > \/etc\/ballast\/lb\.json <<'EOF'\n([\s\S]*?)\nEOF$/m.exec(script)?.[1];
  if (config === undefined) throw new Error("no lb.json in the user-data");
  return config;
}
