/** No config needs more; readers of JSON call themselves for each level, and run out of stack at some thousands. */
export const mostLevels = 64;

/** Where brackets open beyond {@link mostLevels}, as an offset; undefined when they do not. */
export function tooDeepAt(json: string): number | undefined {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (isInString) {
      if (character === "\\") at++;
      // An end of line ends a string that is none.
      else if (character === '"' || character === "\n") isInString = false;
    } else if (character === '"') {
      isInString = true;
    } else if (character === "{" || character === "[") {
      if (++depth > mostLevels) return at;
    } else if (character === "}" || character === "]") {
      depth = Math.max(0, depth - 1);
    }
  }
  return undefined;
}
