const special: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  _: "\\_",
  "%": "\\%",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  // Every font has it; the straight one only some.
  '"': "\\textquotedblright{}",
  "'": "\\textquotesingle{}",
  "`": "\\textasciigrave{}",
  "-": "{-}",
  // At the start of a table's row these two would be read as arguments of the row end before.
  "[": "{[}",
  "*": "{*}",
  "−": "$-$",
  "±": "$\\pm$",
  "×": "$\\times$",
  "—": "\\textemdash{}",
  "·": "\\textperiodcentered{}",
  µ: "\\textmu{}",
  "÷": "$\\div$",
  "\u202f": "\\,",
};

/** Text as LaTeX prints it literally; characters that no standard font has become `?`. */
export function escapeTex(text: string): string {
  return text.replace(/[^ A-Za-z0-9.,:;()/=+!?@\]]/gu, (character) => {
    if (/\s/.test(character) && special[character] === undefined) return " ";
    return special[character] ?? "?";
  });
}
