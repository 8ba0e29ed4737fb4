import { afterEach } from "bun:test";

/** What a test has started and has to end. */
interface Stoppable {
  stop(): unknown;
}

/**
 * Ends after each test what was handed to the function that this returns, the last one first. To be called once, outside of
 * tests.
 */
export function stopAfterEach(): <Started extends Stoppable>(started: Started) => Started {
  const open: Stoppable[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.stop();
  });
  return (started) => {
    open.push(started);
    return started;
  };
}
