import type { Machine } from "../machine/machine.ts";
import { prefersHtml } from "./accept.ts";
import { forReading } from "./method.ts";

/** Who answers. */
export interface Instance {
  /** Unique in its cluster, on EC2 the instance id. */
  readonly id: string;
  readonly cluster: string;
  /** For people. */
  readonly name: string;
  readonly hostname: string;
}

/** `/`, `/cluster1` and `/cluster2`: the greeting, as JSON or HTML, whichever `Accept` likes better. */
export function greetingRoutes(instance: Instance, machine: Machine) {
  const answers = { json: greetingJson(instance), html: greetingHtml(instance) };
  const jsonInit = { headers: { "content-type": "application/json", vary: "Accept" } };
  const htmlInit = { headers: { "content-type": "text/html; charset=utf-8", vary: "Accept" } };
  const json = () => new Response(answers.json, jsonInit);
  const html = () => new Response(answers.html, htmlInit);
  const greet = forReading((request: Request) =>
    machine.serve(request, prefersHtml(request.headers.get("accept")) ? html : json),
  );
  return { "/": greet, "/cluster1": greet, "/cluster2": greet };
}

function greetingJson({ id, cluster }: Instance): string {
  const message = `Instance number ${instanceNumber(id)} is responding now!`;
  return JSON.stringify({ message, instance: id, cluster });
}

function greetingHtml({ id, cluster, name, hostname }: Instance): string {
  const [safeId, safeCluster, safeName, safeHost] = [id, cluster, name, hostname].map(Bun.escapeHTML);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${safeName}</title>
<link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>Hello from ${safeName}</h1>
<p>Host ${safeHost}, instance ${safeId} of ${safeCluster}.</p>
</main>
</body>
</html>
`;
}

/** The number at the end of an id such as `i-1`; the whole id where there is none. */
export function instanceNumber(id: string): string {
  // The digits that an EC2 id happens to end in are no number of anything.
  const isEc2Id = /^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id);
  return (isEc2Id ? undefined : /\d+$/.exec(id)?.[0]) ?? id;
}
