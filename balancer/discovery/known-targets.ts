import type { TargetConfig } from "../config/schema.ts";

interface Known {
  target: TargetConfig;
  /** Answers in a row that did not have it. */
  missed: number;
}

/** What an answer has changed, by id. */
export interface Change {
  readonly joined: readonly string[];
  readonly left: readonly string[];
  /** Still there, and something of it has changed, such as its URL or weight. */
  readonly altered: readonly string[];
}

/**
 * The targets that a place lists, steadied: one that is missing stays until it has been missing from several answers
 * in a row. Some servers answer with another part of a long list each time.
 */
export class KnownTargets {
  private readonly known = new Map<string, Known>();

  /** `removeAfter`: so many answers in a row without a target remove it. */
  constructor(private readonly removeAfter: number) {}

  get targets(): TargetConfig[] {
    return [...this.known.values()].map(({ target }) => target);
  }

  /** Takes in an answer that names at least one target. */
  update(found: readonly TargetConfig[]): Change {
    const joined: string[] = [];
    const left: string[] = [];
    const altered: string[] = [];
    const missing = new Set(this.known.keys());
    for (const target of found) {
      missing.delete(target.id);
      const before = this.known.get(target.id)?.target;
      if (before === undefined) joined.push(target.id);
      else if (!Bun.deepEquals(before, target)) altered.push(target.id);
      this.known.set(target.id, { target, missed: 0 });
    }
    for (const [id, entry] of this.known) {
      if (!missing.has(id)) continue;
      entry.missed++;
      if (entry.missed < this.removeAfter) continue;
      this.known.delete(id);
      left.push(id);
    }
    return { joined, left, altered };
  }
}
