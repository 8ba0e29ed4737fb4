import { describe, expect, test } from "bun:test";
import { firewallRules } from "../testing/meaning.ts";
import { all, synthesize } from "../testing/synthesis.ts";

describe("lab with an ALB", () => {
  const stack = synthesize("lab", { lab: { alb: true } });

  test("has two target groups with each cluster's instances and health checks", () => {
    for (const [cluster, count] of [
      ["cluster1", 4],
      ["cluster2", 5],
    ] as const) {
      expect(stack.resource.aws_lb_target_group?.[`alb-${cluster}`]).toMatchObject({
        port: 8000,
        protocol: "HTTP",
        load_balancing_algorithm_type: "round_robin",
        health_check: { path: "/health", matcher: "200-399" },
      });
      const members = all(stack, "aws_lb_target_group_attachment")
        .map(([, each]) => each)
        .filter((each) => each.target_group_arn === `\${aws_lb_target_group.alb-${cluster}.arn}`)
        .map((each) => each.target_id);
      expect(members).toEqual(
        Array.from({ length: count }, (_, n) => `\${aws_instance.${cluster}-${n + 1}.id}`),
      );
    }
  });

  test("two path rules lead there, on whole segments; any other path is 404", () => {
    const rules = all(stack, "aws_lb_listener_rule").map(([, { condition, action }]) => ({
      condition,
      action,
    }));
    expect(rules).toEqual(
      ["cluster1", "cluster2"].map((cluster) => ({
        condition: [{ path_pattern: { values: [`/${cluster}`, `/${cluster}/*`] } }],
        action: [{ type: "forward", target_group_arn: `\${aws_lb_target_group.alb-${cluster}.arn}` }],
      })),
    );
    expect(stack.resource.aws_lb_listener?.["alb-http"]).toMatchObject({
      port: 80,
      protocol: "HTTP",
      default_action: [{ type: "fixed-response", fixed_response: { status_code: "404" } }],
    });
  });

  test("is public, reaches the backends, and nothing else changes", () => {
    expect(stack.resource.aws_lb?.alb).toMatchObject({
      load_balancer_type: "application",
      subnets: ["${aws_subnet.public-1.id}", "${aws_subnet.public-2.id}"],
      security_groups: ["${aws_security_group.alb-security-group.id}"],
    });
    const [rules, without] = [firewallRules(stack), firewallRules(synthesize("lab"))];
    expect(rules.ingress.filter((rule) => !without.ingress.includes(rule))).toEqual([
      "0.0.0.0/0 → alb: tcp 80",
      "alb → backends: tcp 8000",
    ]);
    expect(rules.egress.filter((rule) => !without.egress.includes(rule))).toEqual([
      "alb → backends: tcp 8000",
    ]);
    expect(stack.output.albUrl?.value).toBe("http://${aws_lb.alb.dns_name}");
  });

  test("with a certificate it serves HTTPS, and HTTP leads there", () => {
    const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/c-1";
    const secure = synthesize("lab", { lab: { alb: true }, tls: { certificateArn } });
    expect(secure.resource.aws_lb_listener?.["alb-https"]).toMatchObject({
      port: 443,
      protocol: "HTTPS",
      certificate_arn: certificateArn,
      ssl_policy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    });
    expect(secure.resource.aws_lb_listener?.["alb-http"]).toMatchObject({
      default_action: [{ type: "redirect", redirect: { protocol: "HTTPS", port: "443" } }],
    });
    for (const [, rule] of all(secure, "aws_lb_listener_rule"))
      expect(rule.listener_arn).toBe("${aws_lb_listener.alb-https.arn}");
    expect(firewallRules(secure).ingress.filter((rule) => rule.includes("→ alb"))).toEqual([
      "0.0.0.0/0 → alb: tcp 443",
      "0.0.0.0/0 → alb: tcp 80",
    ]);
    expect(secure.output.albUrl?.value).toBe("https://${aws_lb.alb.dns_name}");
  });
});
