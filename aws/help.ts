export const help = `Puts a stack on AWS, measures it, and takes it away again. Needs Bun, Terraform 1.10
or later, and AWS credentials where every tool of AWS looks for them.

Usage: bun run aws up [stack] [options] [-- options of bench]
       bun run aws down --confirm [stack]

  stack          lab, primes or fleet; left out: the setting stack, or lab

up: builds the executables, creates or changes what differs, waits until every
target is healthy, measures, and prints the address. A second time it changes
nothing and measures again.

  --yes          ask nothing; needed where there is no terminal
  --timeout D    for the targets to become healthy (default 10m)
  --no-bench     leave the benchmark out
  --json         print Terraform's outputs as JSON; all else goes to stderr

down: destroys the stack and looks whether anything with its tags remains.

  --confirm      do it; without, it says what it would destroy and ends with 2
  --json         print as JSON what was, or would be, destroyed, and what
                 remains; all else goes to stderr

  --help         print this

Both say what they are about to do and the price of an hour, item by item.
Settings are those of docs/aws.md: cdktf.json, or the environment. Ctrl-C lets
Terraform finish what it has begun, and says what is there then.

Exit codes:
  0    done; after down: nothing remains
  1    it failed on the way: what is there, and how to remove it, is said
  2    a command line it does not understand, or nobody agreed
  3    it did not begin: settings, Terraform, credentials or quotas
  4    it is up, but targets are not healthy or the benchmark was not clean
  130  interrupted

Examples:
  bun run aws up
  BALLAST_AWS_LAB_ALB=true bun run aws up lab --yes
  bun run aws up lab -- --rate 200 --duration 60s --warmup 10s
  bun run aws up fleet --no-bench --json > outputs.json
  bun run aws down
  bun run aws down --confirm
  bun run aws down --json | jq -r '.resources[]'
`;

/** What the exit codes of {@link help} are called in the code. */
export const exitCodes = { done: 0, failed: 1, notAgreed: 2, notBegun: 3, notHealthy: 4 } as const;
