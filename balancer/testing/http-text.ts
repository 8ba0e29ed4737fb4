/** For tests: a request as it stands on the wire, with `Host: test`; texts are Latin-1. */
export function requestText(
  method: string,
  target: string,
  lines: readonly string[] = [],
  body: string = "",
): string {
  return `${[`${method} ${target} HTTP/1.1`, "host: test", ...lines].join("\r\n")}\r\n\r\n${body}`;
}

/** A body in chunks (RFC 9112 §7.1), one for each text, with `trailers` behind the last. */
export function inChunks(texts: readonly string[], trailers: readonly string[] = []): string {
  const chunks = texts.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`);
  return `${chunks.join("")}0\r\n${trailers.map((line) => `${line}\r\n`).join("")}\r\n`;
}
