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

/** The sample with every section that a report may have: growing load, another balancer, what CloudWatch says. */
export function withEverySection(report: Report): Report {
  const steps = [20, 40].map((ratePerSecond) => ({
    cluster,
    ratePerSecond,
    requests: 200,
    failed: ratePerSecond === 40 ? 3 : 0,
    p50Us: ratePerSecond * 1000,
    p99Us: ratePerSecond * 4000,
  }));
  return {
    ...report,
    command: "bun run lab",
    steps,
    others: [{ name: "another & more", version: "1.2", runs: report.runs, steps }],
    cloudWatch: {
      region: "eu-central-1",
      namespace: "Ballast",
      from: "2026-01-05T10:00:00.000Z",
      to: "2026-01-05T10:03:00.000Z",
      clusters: [
        {
          cluster,
          requests: 1000,
          serverErrors: 0,
          healthyTargets: 4,
          averageMs: 12.34,
          p50Ms: 10,
          p99Ms: null,
        },
      ],
      instances: [{ id: "i-0123456789abcdef0", averageCpu: 41.26, maximumCpu: null }],
    },
  };
}
