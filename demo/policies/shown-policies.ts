import type { PolicyChoice } from "../balancer-config.ts";

/** A policy with a page of its own. */
export interface ShownPolicy {
  /** Of its page, without the slash. */
  readonly path: string;
  readonly title: string;
  /** What it does, in a sentence. */
  readonly about: string;
  readonly choice: PolicyChoice;
  /** What it goes by: shown of each server. */
  readonly facts: readonly ("score" | "weight")[];
}

export const leastLoad: ShownPolicy = {
  path: "least-load",
  title: "Least load",
  about:
    "Every second the balancer asks both servers for their load. The one with the lower score gets the request: its load, and what was sent to it since it was asked.",
  choice: { policy: { name: "least-load", path: "/load", interval: "1s" } },
  facts: ["score"],
};

export const shownPolicies: readonly ShownPolicy[] = [
  {
    path: "round-robin",
    title: "Round robin",
    about: "Each server in turn: A B A B, whatever their load.",
    choice: { policy: "round-robin" },
    facts: [],
  },
  {
    path: "weighted-round-robin",
    title: "Weighted round robin, 3 : 5",
    about: "Each server in turn, as often as its weight says: A A A B B B B B, and again.",
    choice: { policy: { name: "weighted-round-robin" }, weights: { A: 3, B: 5 } },
    facts: ["weight"],
  },
  leastLoad,
];
