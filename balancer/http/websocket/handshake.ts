import { createHash } from "node:crypto";
import { isNamedIn } from "../message/fields.ts";

/** Fields of the opening handshake that each side of the balancer settles for itself. */
const ownFields = ["sec-websocket-key", "sec-websocket-extensions"];

/** Those of the answer. `Bun.serve` writes its own. */
export const ownAnswerFields = ["sec-websocket-accept", "sec-websocket-extensions", "content-length"];

/** Whether a request opens a WebSocket (RFC 6455 §4.1). */
export function isWebSocketRequest(method: string, fields: Headers): boolean {
  const upgrade = fields.get("upgrade");
  return method === "GET" && upgrade !== null && isNamedIn(upgrade, "websocket");
}

/** A handshake's random key (RFC 6455 §4.1). */
export function newKey(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
}

/** What a target must answer to the key (RFC 6455 §4.2.2). */
export function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** The client's fields without its own key, and without extensions: frames are coded anew on each side. */
export function fieldsForTarget(fields: Headers): Headers {
  const kept = new Headers(fields);
  for (const name of ownFields) kept.delete(name);
  return kept;
}

/** The lines that ask the target to switch. */
export function upgradeLines(key: string): string {
  return `connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: ${key}\r\n`;
}
