import type { Options } from "./program.ts";

const columns = 80;

/** A line or more for each option, as --help shows them: what is typed, and beside it what it does. */
export function optionLines(options: Options): string {
  const typed = Object.entries(options).map(([name, { short, value }]) => {
    const shortForm = short === undefined ? "" : `-${short}, `;
    return `  ${shortForm}--${name}${value === undefined ? "" : ` ${value}`}`;
  });
  const indent = Math.max(...typed.map(({ length }) => length)) + 3;
  return Object.values(options)
    .flatMap(({ says }, index) => {
      const [first, ...more] = wrapped(says, columns - indent);
      return [
        `${(typed[index] ?? "").padEnd(indent)}${first}`,
        ...more.map((line) => " ".repeat(indent) + line),
      ];
    })
    .join("\n");
}

/** Broken at blanks, so that no line is longer than `width`, but for a longer word. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
