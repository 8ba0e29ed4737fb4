import { loadPlanSchema } from "../../load/plan.ts";
import { runOwn } from "./own.ts";

/** What `new-connections.ts` starts: runs the plan of its argument, a connection for each request, and prints the sample. */
const plan = loadPlanSchema.parse(JSON.parse(process.argv[2] ?? ""));
console.log(JSON.stringify(await runOwn(plan, { headers: { connection: "close" } })));
