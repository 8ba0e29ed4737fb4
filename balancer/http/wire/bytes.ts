import { fieldValuePattern, tokenPattern } from "../message/fields.ts";

/** Bytes that the grammar of HTTP/1.1 names. */
export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const SPACE = 32;
export const COLON = 58;

/** Which bytes may stand where: a table look-up a byte, from the same rules as the patterns. */
export const isTokenByte = tableOf(tokenPattern);
export const isValueByte = tableOf(fieldValuePattern);
/** In a request's target: visible ASCII (RFC 9112 §3.2). */
export const isTargetByte = tableOf(/^[!-~]$/);

function tableOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (pattern.test(String.fromCharCode(byte)) ? 1 : 0));
}
