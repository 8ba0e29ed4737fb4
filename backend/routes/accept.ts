interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  /** From 0, not acceptable, to 1. */
  readonly quality: number;
}

/**
 * Does a client with this `Accept` header like HTML better than JSON (RFC 9110 §12.5.1)? JSON wins a tie,
 * and is also what a client gets that accepts neither. Ranges that are not well formed are ignored.
 */
export function prefersHtml(accept: string | null): boolean {
  if (accept === null || accept === "*/*") return false;
  const ranges = accept.split(",").flatMap(parseRange);
  return qualityOf("text", "html", ranges) > qualityOf("application", "json", ranges);
}

function parseRange(text: string): MediaRange[] {
  const [name = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const [type, subtype, ...rest] = name.split("/");
  if (!type || !subtype || rest.length > 0) return [];
  const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
  if (!/^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(quality)) return [];
  return [{ type, subtype, quality: Number(quality) }];
}

/** The quality of the most specific ranges that match; 0 when none does. */
function qualityOf(type: string, subtype: string, ranges: readonly MediaRange[]): number {
  const most = (matches: (range: MediaRange) => boolean) => {
    const qualities = ranges.filter(matches).map((range) => range.quality);
    return qualities.length === 0 ? undefined : Math.max(...qualities);
  };
  return (
    most((range) => range.type === type && range.subtype === subtype) ??
    most((range) => range.type === type && range.subtype === "*") ??
    most((range) => range.type === "*" && range.subtype === "*") ??
    0
  );
}
