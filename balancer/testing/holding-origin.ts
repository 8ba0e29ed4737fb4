import { okWith, RawOrigin } from "./raw-origin.ts";

/** For tests: a target that answers with `content`, at `/held` only when it is told to. */
export interface HoldingOrigin {
  readonly url: string;
  readonly origin: RawOrigin;
  /** Each gives one answer, in the order the requests came. */
  readonly held: (() => void)[];
  stop(): void;
}

export async function startHoldingOrigin(content = "hi"): Promise<HoldingOrigin> {
  const held: (() => void)[] = [];
  const origin = await RawOrigin.start(({ target }, connection) => {
    const answer = () => connection.send(okWith(content));
    if (target === "/held") held.push(answer);
    else answer();
  });
  return { url: origin.url, origin, held, stop: () => origin.stop() };
}
