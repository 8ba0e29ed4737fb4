import { useState } from "preact/hooks";
import { type Answer, askJson } from "./api.ts";

/** The config in force, asked for when someone wants to see it. */
export function ConfigView() {
  const [answer, setAnswer] = useState<Answer<object>>();
  const show = async () => setAnswer(await askJson<object>("/config"));
  return (
    <section aria-labelledby="config">
      <h2 id="config">Config in force</h2>
      <p>
        <button type="button" onClick={() => void show()}>
          {answer === undefined ? "Show it" : "Read it again"}
        </button>
      </p>
      {answer?.ok === false && (
        <p class="warning" role="alert">
          {answer.fault}
        </p>
      )}
      {answer?.ok === true && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        <section class="scroll" tabIndex={0} aria-label="config">
          <pre>{JSON.stringify(answer.value, null, 2)}</pre>
        </section>
      )}
    </section>
  );
}
