import { all, type Block, type Synthesized } from "./synthesis.ts";

/** What rules and policies say, as lines that a test can list in full. */

/** Every rule of every security group: `balancer → backends: tcp 8000`, seen from both sides. */
export function firewallRules(stack: Synthesized): { ingress: string[]; egress: string[] } {
  const rules = (direction: "ingress" | "egress") =>
    all(stack, `aws_vpc_security_group_${direction}_rule`)
      .map(([, rule]) => {
        const here = groupName(String(rule.security_group_id));
        const there = rule.cidr_ipv4 ?? peerName(rule);
        const what = `${rule.ip_protocol} ${ports(rule)}`;
        return direction === "ingress" ? `${there} → ${here}: ${what}` : `${here} → ${there}: ${what}`;
      })
      .sort();
  return { ingress: rules("ingress"), egress: rules("egress") };
}

const ports = ({ from_port: from, to_port: to }: Block) => (from === to ? String(from) : `${from}-${to}`);

function peerName(rule: Block): string {
  if (rule.prefix_list_id !== undefined) return String(rule.prefix_list_id);
  return groupName(String(rule.referenced_security_group_id));
}

const groupName = (reference: string) =>
  /^\$\{aws_security_group\.(.+)-security-group\.id\}$/.exec(reference)?.[1] ?? reference;

/** Every statement of a policy document: `Allow s3:GetObject on …/backend/* if …`. */
export function statements(stack: Synthesized, document: string): string[] {
  const block = stack.data.aws_iam_policy_document?.[document];
  if (block === undefined) throw new Error(`no policy document ${document}`);
  return (block.statement as Statement[]).map(
    ({ effect, actions, resources, principals = [], condition = [] }) =>
      [
        effect,
        actions.join(", "),
        ...(resources === undefined ? [] : [`on ${resources.join(", ")}`]),
        ...principals.map(({ type, identifiers }) => `by ${type} ${identifiers.join(", ")}`),
        ...condition.map(({ test, variable, values }) => `if ${variable} ${test} ${values.join(", ")}`),
      ].join(" "),
  );
}

interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources?: readonly string[];
  readonly principals?: readonly { readonly type: string; readonly identifiers: readonly string[] }[];
  readonly condition?: readonly {
    readonly test: string;
    readonly variable: string;
    readonly values: readonly string[];
  }[];
}

/** Everything that the JSON refers to: `aws_vpc.vpc`, `data.aws_ssm_parameter.image`, `local.x-user-data`. */
export function references(stack: Synthesized): Set<string> {
  const found = new Set<string>();
  const text = JSON.stringify(stack);
  for (const [, inner] of text.matchAll(/\$\{([^}]*)\}/g)) {
    for (const [reference] of (inner ?? "").matchAll(/(data\.)?(aws_[a-z0-9_]+|local)\.[A-Za-z0-9_-]+/g))
      found.add(reference);
  }
  return found;
}

/** Everything that can be referred to. */
export function definitions(stack: Synthesized): Set<string> {
  const names = (kind: "resource" | "data", prefix: string) =>
    Object.entries(stack[kind]).flatMap(([type, blocks]) =>
      Object.keys(blocks).map((name) => `${prefix}${type}.${name}`),
    );
  const locals = Object.keys(stack.locals).map((name) => `local.${name}`);
  return new Set([...names("resource", ""), ...names("data", "data."), ...locals]);
}
