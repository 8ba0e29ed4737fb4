import { type ParseError, printParseErrorCode } from "jsonc-parser";
import { positionAt, type TextPosition } from "./config-text.ts";
import { describeValue } from "./fault.ts";

/** What keeps a text from being JSON, and where. */
export interface SyntaxFault extends TextPosition {
  readonly found: string;
  readonly expected: string;
}

const expectations: Readonly<Record<string, string>> = {
  PropertyNameExpected: "a key in double quotes",
  ValueExpected: "a value",
  ColonExpected: '":"',
  CommaExpected: '","',
  CloseBraceExpected: '"}"',
  CloseBracketExpected: '"]"',
  EndOfFileExpected: "nothing more",
  InvalidSymbol: "a value, or a text in double quotes",
  InvalidCommentToken: "no comment",
};

/**
 * At most `most`, the first of each line: what follows there mostly comes of it. `more` counts those left out for their
 * number.
 */
export function syntaxFaults(
  text: string,
  errors: readonly ParseError[],
  most: number,
): { readonly faults: readonly SyntaxFault[]; readonly more: number } {
  if (errors.length === 0)
    return { faults: [{ line: 1, column: 1, found: "nothing", expected: "a JSON object" }], more: 0 };
  const firstOfLines = errors.filter(({ offset }, index) => {
    const before = errors[index - 1];
    return before === undefined || text.slice(before.offset, offset).includes("\n");
  });
  return {
    faults: firstOfLines.slice(0, most).map((error) => explained(text, error)),
    more: Math.max(0, firstOfLines.length - most),
  };
}

function explained(text: string, { error, offset, length }: ParseError): SyntaxFault {
  const position = positionAt(text, offset);
  const found = describeValue(text.slice(offset, offset + Math.max(length, 1)) || "the end of the file");
  if (/[}\]]/.test(text.charAt(offset)) && text.slice(0, offset).trimEnd().endsWith(","))
    return { ...position, found: `${found} after a comma`, expected: "no comma after the last" };
  const code = printParseErrorCode(error);
  const expected = expectations[code] ?? `JSON: ${code}`;
  return { ...position, found: `${found}, which is no JSON`, expected };
}
