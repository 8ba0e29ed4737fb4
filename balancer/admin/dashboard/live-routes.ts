import type { AdminRoute } from "../route.ts";
import type { LiveFeed } from "./live-feed.ts";

const headers = { "content-type": "text/event-stream", "cache-control": "no-store" };

/** States that may wait for a slow viewer. */
const maxBehind = 10;

/**
 * The stream that the dashboard lives from, as server-sent events (HTML Living Standard §9.2): first `history` with the last
 * minutes, then `state` every second, so often that nothing in between takes the stream for dead.
 */
export function liveRoutes(feed: LiveFeed): AdminRoute[] {
  return [
    {
      method: "GET",
      path: "/live",
      access: "read",
      handle: ({ signal }) => {
        let unsubscribe = () => {};
        const stream = new ReadableStream<string>({
          start(controller) {
            controller.enqueue(event("history", feed.history()));
            unsubscribe = feed.subscribe((state) => {
              // A viewer who takes nothing gets nothing further, rather than all of it later.
              if ((controller.desiredSize ?? 0) > -maxBehind) controller.enqueue(event("state", state));
            });
            signal.addEventListener("abort", () => unsubscribe());
          },
          cancel: () => unsubscribe(),
        });
        return new Response(stream.pipeThrough(new TextEncoderStream()), { headers });
      },
    },
  ];
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
