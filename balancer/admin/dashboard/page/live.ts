import { useEffect, useState } from "preact/hooks";
import type { LiveHistory, LiveState } from "../live-messages.ts";
import { ask } from "./api.ts";

/** How the page stands with the balancer. */
export type Link =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** Since when nothing has come, in ms since 1970, and why. */
  | { readonly kind: "gone"; readonly sinceMs: number; readonly fault: string }
  /** It wants to know who asks. */
  | { readonly kind: "locked"; readonly fault: string };

export interface Live {
  readonly link: Link;
  /** The last that came, however long ago. */
  readonly state: LiveState | undefined;
  readonly history: LiveHistory | undefined;
}

/** Without a word for so long, a balancer counts as gone: it speaks every second. */
const silenceMs = 2500;
const retryMs = 1000;

/** Follows the balancer for as long as the component is there; `token` is only looked at for changes. */
export function useLive(token: string): Live {
  const [live, setLive] = useState<Live>({
    link: { kind: "connecting" },
    state: undefined,
    history: undefined,
  });
  useEffect(() => {
    const controller = new AbortController();
    void follow(controller.signal, (change) => setLive((before) => ({ ...before, ...change })));
    return () => controller.abort();
  }, [token]);
  return live;
}

/** Connects again and again until it is aborted. */
async function follow(signal: AbortSignal, update: (change: Partial<Live>) => void): Promise<void> {
  let goneSinceMs: number | undefined;
  const gone = (fault: string) => {
    goneSinceMs ??= Date.now();
    update({ link: { kind: "gone", sinceMs: goneSinceMs, fault } });
  };
  while (!signal.aborted) {
    const attempt = new AbortController();
    signal.addEventListener("abort", () => attempt.abort(), { once: true });
    const answer = await ask("/live", { signal: attempt.signal });
    if (signal.aborted) return;
    if (!answer.ok && answer.status === 401) {
      update({ link: { kind: "locked", fault: answer.fault } });
      return;
    }
    if (!answer.ok || answer.value.body === null) {
      gone(answer.ok ? "an empty answer" : answer.fault);
    } else {
      const fault = await readEvents(answer.value.body, attempt, (name, data) => {
        goneSinceMs = undefined;
        if (name === "history") update({ history: data as LiveHistory });
        else update({ state: data as LiveState, link: { kind: "live" } });
      });
      if (!signal.aborted) gone(fault);
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

/** Reads server-sent events until the stream ends or falls silent; why it did. */
async function readEvents(
  body: ReadableStream<Uint8Array>,
  attempt: AbortController,
  onEvent: (name: string, data: unknown) => void,
): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let isSilent = false;
  const fallSilent = () => {
    isSilent = true;
    attempt.abort();
  };
  let silence = setTimeout(fallSilent, silenceMs);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "the balancer ended the stream";
      clearTimeout(silence);
      silence = setTimeout(fallSilent, silenceMs);
      const events = (text + decoder.decode(value, { stream: true })).split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const name = /^event: (.*)$/m.exec(event)?.[1];
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (name !== undefined && data !== undefined) onEvent(name, JSON.parse(data));
      }
    }
  } catch (error) {
    return isSilent ? "nothing has come for some seconds" : (error as Error).message;
  } finally {
    clearTimeout(silence);
  }
}
