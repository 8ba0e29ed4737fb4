import { randomBytes } from "node:crypto";
import type { GroupConfig } from "../config/schema.ts";
import { type Named, readNamed } from "./named-file.ts";

/** For groups that name none: the same over reloads and in all threads, which the main thread tells it. */
const ofThisProcess = randomBytes(32).toString("base64url");

const minLength = 16;
const expected = `a secret of at least ${minLength} characters`;

/** What the cookies of a group are signed with. */
export function stickySecret(config: NonNullable<GroupConfig["sticky"]>): Named<string> {
  const { secret, secretFile, secretEnv } = config;
  if (secret !== undefined) return { ok: true, value: secret };
  if (secretFile !== undefined) {
    const read = readNamed("secretFile", secretFile, `a file with ${expected}`);
    return read.ok ? longEnough("secretFile", secretFile, read.value.trim()) : read;
  }
  if (secretEnv === undefined) return { ok: true, value: ofThisProcess };
  const value = process.env[secretEnv];
  if (value !== undefined) return longEnough("secretEnv", secretEnv, value);
  const found = "no such variable in the environment";
  return { ok: false, faults: [{ key: "secretEnv", name: secretEnv, found, expected }] };
}

function longEnough(key: string, name: string, secret: string): Named<string> {
  if (secret.length >= minLength) return { ok: true, value: secret };
  const found = `one of ${secret.length} characters`;
  return { ok: false, faults: [{ key, name, found, expected }] };
}
