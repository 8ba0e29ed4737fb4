import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { GroupConfig } from "./config/schema.ts";

/** For groups that name none: the same over reloads and in all threads, which the main thread tells it. */
const ofThisProcess = randomBytes(32).toString("base64url");

const minLength = 16;

/** What the cookies of a group are signed with; throws with a clear message when it can't be had. */
export function stickySecret({ secret, secretFile, secretEnv }: NonNullable<GroupConfig["sticky"]>): string {
  if (secret !== undefined) return secret;
  if (secretFile !== undefined) return longEnough(readSecret(secretFile), secretFile);
  if (secretEnv === undefined) return ofThisProcess;
  const value = process.env[secretEnv];
  if (value === undefined)
    throw new Error(`sticky.secretEnv: the environment has no ${secretEnv}, expected the secret`);
  return longEnough(value, `the environment's ${secretEnv}`);
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new Error(`${file}: can't be read: ${(error as Error).message}`);
  }
}

function longEnough(secret: string, where: string): string {
  if (secret.length >= minLength) return secret;
  throw new Error(`${where}: found a secret of ${secret.length} characters, expected at least ${minLength}`);
}
