import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ChallengeAnswers } from "../http/acme-challenge.ts";
import { writeWhole } from "./storage.ts";

/** To questions that come to a listener. */
export function challengeAnswers(storage: string): ChallengeAnswers {
  const files = new ChallengeFiles(storage);
  return (token) => files.answerTo(token);
}

/**
 * What the authority is to be answered with, as files: every thread, a process that takes over and balancers that share the
 * storage can answer.
 */
export class ChallengeFiles {
  private readonly directory: string;

  constructor(storage: string) {
    this.directory = join(storage, "challenges");
  }

  /** Undefined when the token is not of an order that is under way. It becomes a file's name: whoever asks has looked at it. */
  answerTo(token: string): string | undefined {
    try {
      return readFileSync(join(this.directory, token), "utf8");
    } catch {
      // Anybody may ask for anything here.
      return undefined;
    }
  }

  put(token: string, answer: string): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    writeWhole(join(this.directory, token), answer);
  }

  remove(token: string): void {
    rmSync(join(this.directory, token), { force: true });
  }
}
