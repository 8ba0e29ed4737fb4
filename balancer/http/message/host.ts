/** `uri-host [ ":" port ]` (RFC 9110 §7.2), by the characters of RFC 3986 §3.2.2. */
const pattern = /^(?:\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+;=%-]*)(?::(\d{1,5})?)?$/;

/** Whether the text may stand in `Host`; an empty one may. */
export function isHost(text: string): boolean {
  const match = pattern.exec(text);
  return match !== null && Number(match[1] ?? 0) <= 65_535;
}
