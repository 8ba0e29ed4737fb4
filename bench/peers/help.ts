export const help = `Puts the same load through Ballast, nginx, HAProxy and Caddy, as far as they are
installed, in turns, each with its best fitting policy, keep-alive and access log.
The proxy has one core for itself; load and servers run on the others.

Usage: bun run bench peers [options]

  --part PART          cpu: CPU time per request, before servers that answer at once
                       tails: latency before nine unlike servers, open loop
                       (default both)
  --peers NAMES        of nginx,haproxy,caddy (default all)
  --rounds N           of cpu (default 3); the medians count
  --cpu-duration D     of one round of cpu, besides 2s of warm-up (default 5s)
  --generator NAME     of cpu: ballast, or wrk, which is faster (default ballast)
  --scenario NAMES     of tails: strong,lab (default strong)
  --tails-duration D   of the run from a cold start; another of half this length
                       follows (default 15s)
  --balancer FILE      measure this executable instead of compiling one
  --check              exit 1 when a figure is beyond its limit
  --out DIR            where to write peers.html and peers.json (default report)
  --json               print the results as JSON; all else goes to stderr
  --help               print this

Examples:
  bun run bench peers
  bun run bench peers --part cpu --rounds 5 --generator wrk
  bun run bench peers --part tails --scenario strong,lab --peers nginx,haproxy
  bun run bench peers --part cpu --balancer ./balancer-before --out report-before

Exit codes: 0 all is well, 1 a request failed, a limit of --check was missed or a
program could not be started, 2 for options that it doesn't know, 130 interrupted.
`;
