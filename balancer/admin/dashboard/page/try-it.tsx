import type { TargetedEvent } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { TryAnswer, TryRequest, TryTargets } from "../../../observe/try-messages.ts";
import { type Answer, askJson } from "./api.ts";
import { figure } from "./format.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];

/** Sends a request through a listener, and shows how it was decided who answers. */
export function TryIt() {
  const [listeners, setListeners] = useState<readonly string[]>([]);
  const [answer, setAnswer] = useState<Answer<TryAnswer>>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    void askJson<TryTargets>("/try").then((found) => {
      if (found.ok) setListeners(found.value.listeners);
    });
  }, []);
  const submit = async (event: TargetedEvent<HTMLFormElement, SubmitEvent>) => {
    event.preventDefault();
    const request = Object.fromEntries(new FormData(event.currentTarget)) as unknown as TryRequest;
    setBusy(true);
    setAnswer(
      await askJson<TryAnswer>("/try", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      }),
    );
    setBusy(false);
  };
  return (
    <section aria-labelledby="try">
      <h2 id="try">Try it</h2>
      <form class="try" onSubmit={(event) => void submit(event)}>
        <label>
          Listener
          <select name="listener">
            {listeners.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          Method
          <select name="method">
            {methods.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label class="wide">
          Path <input name="path" defaultValue="/" required pattern="/.*" />
        </label>
        <label>
          Host <input name="host" defaultValue="localhost" required />
        </label>
        <button type="submit" disabled={isBusy || listeners.length === 0}>
          Send
        </button>
      </form>
      <div aria-live="polite">
        {answer?.ok === false && <p class="warning">{answer.fault}</p>}
        {answer?.ok === true && <Decision answer={answer.value} />}
      </div>
    </section>
  );
}

function Decision({ answer }: { readonly answer: TryAnswer }) {
  const { group, policy, candidates, attempts, target, status, durationMs } = answer;
  const who = target === undefined ? "The balancer itself answered" : `${target} answered`;
  const where = group === undefined ? "no route took it" : `group ${group}, policy ${policy}`;
  const tries = attempts > 1 ? `, at attempt ${attempts}` : "";
  return (
    <>
      <p>
        {who} <strong>{status}</strong> in {figure(durationMs)} ms{tries}; {where}.
      </p>
      {candidates.length > 0 && (
        <table aria-label="candidates at the moment of the choice">
          <thead>
            <tr>
              {["candidate", "state", "score", "load", "in flight", "choice"].map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {candidates.map(({ id, url, state, score, load, inFlight, isChosen }) => (
              <tr key={id} class={isChosen ? "chosen" : ""}>
                <th scope="row">
                  {id} <small>{url}</small>
                </th>
                <td data-label="state">
                  <span class={`state ${state}`}>{state}</span>
                </td>
                <td data-label="score">{figure(score)}</td>
                <td data-label="load">{figure(load)}</td>
                <td data-label="in flight">{inFlight}</td>
                <td data-label="choice">{isChosen ? "chosen" : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Content answer={answer} />
    </>
  );
}

function Content({ answer: { fields, content, isCut } }: { readonly answer: TryAnswer }) {
  const lines = fields.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${fields[index + 1]}`] : []));
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section class="scroll" tabIndex={0} aria-label="answer">
        <pre>{`${lines.join("\n")}\n\n${content}${isCut ? "\n…" : ""}`}</pre>
      </section>
    </>
  );
}
