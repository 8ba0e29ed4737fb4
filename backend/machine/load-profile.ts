import { readFileSync } from "node:fs";
import { fail, type Result } from "../result.ts";
import { instanceTypes } from "./instance-types.ts";
import { type Profile, parseProfile } from "./profile.ts";

/** The profile of that instance type, or else what the JSON file at that path holds; faults name the file. */
export function loadProfile(nameOrPath: string): Result<Profile> {
  if (Object.hasOwn(instanceTypes, nameOrPath)) return parseProfile(instanceTypes[nameOrPath]);
  let text: string;
  try {
    text = readFileSync(nameOrPath, "utf8");
  } catch (error) {
    const known = Object.keys(instanceTypes).join(", ");
    return fail(`${nameOrPath}: expected ${known} or a readable file: ${messageOf(error)}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail(`${nameOrPath}: expected JSON: ${messageOf(error)}`);
  }
  const profile = parseProfile(json);
  return profile.ok ? profile : fail(...profile.faults.map((fault) => `${nameOrPath}: ${fault}`));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
