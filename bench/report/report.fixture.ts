import { runLoad } from "../load/load.ts";
import type { LoadPlanInput } from "../load/plan.ts";
import { type Report, reportSchemaName } from "./report.ts";

const cluster = "cluster1";

/** A small report of a real run: 20 requests over two targets of one cluster. */
export async function sampleReport(): Promise<Report> {
  let turn = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch() {
      const instance = `i-${(turn++ % 2) + 1}`;
      return Response.json({ instance, cluster });
    },
  });
  const shape: LoadPlanInput["shape"] = { kind: "closed", concurrency: 4, requests: 20 };
  const result = await runLoad({ url: server.url.href, shape, expectCluster: cluster });
  await server.stop(true);
  return {
    schema: reportSchemaName,
    createdAt: "2025-02-03T04:05:06.789Z",
    subject: { kind: "lab", url: "http://127.0.0.1:8080", policy: "ewma" },
    machine: { os: "linux", cpu: "Some CPU & more", cores: 2, memoryMiB: 4096, bun: Bun.version },
    runs: [{ cluster, result }],
    steps: [],
    others: [],
  };
}
