import type { Outcome } from "../../outcome.ts";
import { ballast } from "../ballast.ts";
import { caddy } from "../caddy.ts";
import { selfSigned } from "../certificate.ts";
import { h2loadStreams } from "../generators/h2load.ts";
import { haproxy } from "../haproxy.ts";
import { nginx } from "../nginx.ts";
import { withOrigin } from "../origin.ts";
import { type Comparison, compare } from "./comparison.ts";
import { fewTargets, type PartInput, warmedUp } from "./part.ts";

const connections = 16;
const streams = 8;

/** CPU time per small answer over HTTP/2 with TLS; the connections to the targets are plain HTTP/1.1. Needs h2load. */
export async function measureHttp2(input: PartInput): Promise<Outcome<Comparison>> {
  const { context, balancer, durationMs, rounds } = input;
  const subjects = input.find([
    ballast(balancer, { label: "serve", edge: "serve" }),
    nginx("least_conn"),
    haproxy("leastconn"),
    caddy("least_conn"),
  ]);
  const certificate = await selfSigned();
  const plan = warmedUp(h2loadStreams(connections, streams), durationMs);
  return await withOrigin(context, fewTargets, ({ targets, description: origin }) =>
    compare(context, {
      part: "http2",
      heading: "CPU per request over HTTP/2 with TLS",
      unit: "request",
      origin,
      subjects,
      setup: { targets, certificate },
      plan,
      rounds,
    }),
  );
}
