export const help = `Puts the same load through Ballast, nginx, HAProxy and Caddy, as far as they are
installed, side by side, each with its best fitting policy, keep-alive and access log.
The proxy has one core for itself; load and servers run on the others.

Usage: bun run bench peers [options]

  --part PARTS         cpu: CPU time per request, before servers that answer at once,
                       also of a relay in C that parses nothing (needs a C compiler)
                       large: CPU time per answer of 1 MiB
                       connections: CPU time per connection, 1000 new ones a second,
                       through all proxies at the same time
                       http2: CPU time per request over HTTP/2 with TLS (needs h2load)
                       workers: CPU time per request with two workers on two cores
                       scale: CPU time per request with 64 targets, and with 10 000
                       idle connections and what each takes of memory
                       tcp: CPU time per exchange and per MiB, relayed as TCP
                       udp: CPU time per datagram and its reply, and how many
                       a full core relays (needs a C compiler)
                       tails: latency before nine unlike servers, open loop
                       (default all but tails; "all" for all)
  --peers NAMES        of nginx,haproxy,caddy,floor (default all)
  --rounds N           of every part but tails, each with new processes (default 3)
  --round-duration D   measured of each proxy in a round, in slices of 2 s in
                       turns (default 6s)
  --generator NAME     of closed loops: ballast, or wrk, which is faster
                       (default wrk where it is installed)
  --edge NAME          which edge of Ballast is held to the limits for plain HTTP/1.1:
                       wire, serve, auto (default wire)
  --scenario NAMES     of tails: strong,lab (default strong)
  --tails-duration D   of the run from a cold start; another of half this length
                       follows (default 15s)
  --balancer FILE      measure this executable instead of compiling one
  --check              exit 1 when a figure is beyond its limit
  --out DIR            where to write peers.html and peers.json (default report)
  --json               print the results as JSON; all else goes to stderr
  --help               print this

Examples:
  bun run bench peers --check
  bun run bench peers --part cpu --rounds 5 --generator ballast
  bun run bench peers --part tails --scenario strong,lab --peers nginx,haproxy
  bun run bench peers --part cpu,large --balancer ./balancer-before --out report-before

Exit codes: 0 all is well, 1 a request failed, a limit of --check was missed or a
program could not be started, 2 for options that it doesn't know, 130 interrupted.
`;
