import type { Allowance } from "./allowances.ts";
import type { Reader } from "./readers.ts";
import type { Reading } from "./reading.ts";
import type { Stream } from "./stream.ts";

/**
 * Where two readers part: both take a message and see different ones, one takes what the other still
 * waits for, or the edge takes what the other refuses. That the edge is the stricter one is no
 * difference. Undefined when there is none.
 */
export function difference(
  stream: Stream,
  edge: Reading,
  other: Reading,
  { name, isSame, isEarly }: Pick<Reader, "name" | "isSame" | "isEarly">,
  allowances: readonly Allowance[],
): string | undefined {
  for (let index = 0; index < Math.max(edge.messages.length, other.messages.length); index++) {
    const [ours, theirs] = [edge.messages[index], other.messages[index]];
    const at = `message ${index}`;
    if (index >= edge.messages.length) {
      const isLast = index === other.messages.length - 1;
      if (edge.end !== "open" || theirs === undefined || (isLast && isEarly(theirs))) return undefined;
      return `${at}: ${name} has ${JSON.stringify(theirs)}, the edge waits for more`;
    }
    if (index >= other.messages.length) {
      if (ours === undefined || other.end === "reset") return undefined;
      if (allowances.some(({ applies }) => applies(ours, other, stream))) return undefined;
      const otherEnd = other.end === "open" ? "waits for more" : `has ${other.end} it (${other.status})`;
      return `${at}: the edge has ${JSON.stringify(ours)}, ${name} ${otherEnd}`;
    }
    // One that was answered by a reader itself tells nothing of what it saw.
    if (ours === undefined || theirs === undefined) continue;
    if (!isSame(ours, theirs)) {
      return `${at}: the edge has ${JSON.stringify(ours)}, ${name} ${JSON.stringify(theirs)}`;
    }
  }
  return undefined;
}
