/** A proxy for tests: `bun relay.fixture.ts PORT TARGET_PORT…` takes its targets in turns. */
const [port = 0, ...targets] = process.argv.slice(2).map(Number);
let turn = 0;
Bun.serve({
  hostname: "127.0.0.1",
  port,
  fetch: () => fetch(`http://127.0.0.1:${targets[turn++ % targets.length]}/`),
});
