const common = `  --requests N         requests to each cluster (default 1000)
  --concurrency N      connections, all opened first; so many requests are in
                       flight at once (default 1000); with --rate the most
                       that may be opened
  --rate N             open loop instead: N requests/s with Poisson arrivals,
                       latency counted from the intended start
  --duration D         length of an open loop (default 30s)
  --warmup D           the same load before, sent but not counted (default none)
  --timeout D          for one request, from its intended start (default 30s)
  --seed N             of arrival and service times (default 1)
  --sweep RATES        further runs with growing load, in requests/s, such as
                       20,40,80: latency against load (default none)
  --sweep-duration D   length of each of them (default 10s)
  --beside LIST        the same load for others: NAME=URL, and in the lab nginx,
                       haproxy and caddy before servers of their own
  --baseline FILE      a report.json to show the difference to
  --out DIR            where to write index.html, report.json and report.tex
                       (default report)
  --json               print the report as JSON; all else goes to stderr
  --help               print this

Exit codes: 0 all is well, 1 a request failed, came from a wrong cluster, or the
system could not be started, 2 for options that it doesn't know, 130 interrupted.
`;

export const benchHelp = `Measures a load balancer: by itself the lab's, with --url any other.

Usage: bun run bench [options]
       bun run bench lab [options]     the same as bun run lab
       bun run bench sim [options]     the policies in a simulator
       bun run bench peers [options]   the same load through nginx, HAProxy, Caddy
       bun run bench cost              our own code's part of a request
       bun run bench scrape            what a scrape of /metrics takes
       bun run bench memory [options]  a large body and a slow reader
       bun run bench faults [options]  failing servers behind each proxy
       bun run bench steady [options]  ten minutes at a share of what it can do
       bun run bench soak [options]    registrations and datagrams over and over

  --url URL            measure the system there, start nothing
  --clusters PATHS     what to ask --url for (default /cluster1,/cluster2; then
                       every answer must name the cluster asked for)
  --insecure           accept any TLS certificate of --url
  --cloudwatch REGION[,NAMESPACE]
                       show what CloudWatch has of the same time: the balancer's
                       metrics (namespace Ballast) and the instances' CPU
  --cloudwatch-dimensions NAME=VALUE,...
                       those of the balancer's metrics beside Group, such as
                       Deployment=ballast/lab for a stack's (default none)
  --cloudwatch-wait D  how long to wait for its data (default 5m)
  --policy NAME        policy of the lab's balancer (default ewma)
${common}
Examples:
  bun run bench
  bun run bench --policy round-robin --baseline report/report.json --out report-rr
  bun run bench --url http://203.0.113.7 --requests 1000 --concurrency 1000
  bun run bench --url http://127.0.0.1:8080 --rate 500 --duration 30s --json
  bun run bench --url http://203.0.113.7 --cloudwatch eu-central-1
  bun run bench --url http://203.0.113.7 --beside alb=http://my-alb.example.com
`;

export const labHelp = `Compiles balancer and backend, starts 4 + 5 backends and the balancer on this
machine, sends 1000 simultaneous requests to each cluster, writes the report and
stops everything.

Usage: bun run lab [options]

  --keep               leave it running afterwards, until Ctrl-C
  --policy NAME        the balancer's policy (default ewma)
${common}
Examples:
  bun run lab
  bun run lab --keep --policy least-connections
  bun run lab --rate 200 --duration 20s --warmup 3s
  bun run lab --beside nginx,haproxy,caddy --sweep 20,40,80,120
`;
