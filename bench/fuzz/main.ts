/** `bun run fuzz`; nothing imports this file. */
import { runFuzz } from "./command.ts";

process.exitCode = await runFuzz(process.argv.slice(2));
