import { useState } from "preact/hooks";
import type { LiveTarget } from "../live-messages.ts";
import { ask } from "./api.ts";
import { figure, percent } from "./format.ts";
import { seriesColour } from "./series-colour.ts";

interface TargetTableProps {
  readonly group: string;
  readonly targets: readonly LiveTarget[];
  readonly isLive: boolean;
}

const columns = [
  "target",
  "state",
  "score",
  "in flight",
  "requests/s",
  "failures/s",
  "p50 ms",
  "p99 ms",
  "share",
  "change",
];

/** A row for each target; on a narrow screen a card. */
export function TargetTable({ group, targets, isLive }: TargetTableProps) {
  const [message, setMessage] = useState("");
  return (
    <>
      <table aria-label={`targets of ${group}`}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {targets.map((target, index) => (
            <TargetRow
              key={target.id}
              group={group}
              target={target}
              index={index}
              isLive={isLive}
              onMessage={setMessage}
            />
          ))}
        </tbody>
      </table>
      <p class="message" role="status">
        {message}
      </p>
    </>
  );
}

interface TargetRowProps {
  readonly group: string;
  readonly target: LiveTarget;
  /** In its group: decides on the colour, as in the charts. */
  readonly index: number;
  readonly isLive: boolean;
  readonly onMessage: (message: string) => void;
}

function TargetRow({ group, target, index, isLive, onMessage }: TargetRowProps) {
  const cells: readonly (readonly [column: string, text: string])[] = [
    ["score", figure(target.score)],
    ["in flight", `${target.inFlight}`],
    ["requests/s", figure(target.requestsPerSecond)],
    ["failures/s", figure(target.failuresPerSecond)],
    ["p50 ms", figure(target.p50Ms)],
    ["p99 ms", figure(target.p99Ms)],
  ];
  return (
    <tr>
      <th scope="row">
        <span class="key" style={{ background: seriesColour(index) }} />
        {target.id} <small>{target.url}</small>
      </th>
      <td data-label="state">
        <span class={`state ${target.state}`}>{target.state}</span>
      </td>
      {cells.map(([column, text]) => (
        <td key={column} data-label={column}>
          {text}
        </td>
      ))}
      <td data-label="share">
        <span class="share" style={{ "--share": target.share ?? 0 }}>
          {percent(target.share)}
        </span>
      </td>
      <td data-label="change">
        <ChangeButton group={group} target={target} isLive={isLive} onMessage={onMessage} />
      </td>
    </tr>
  );
}

function ChangeButton({ group, target, isLive, onMessage }: Omit<TargetRowProps, "index">) {
  const [isBusy, setBusy] = useState(false);
  const isDraining = target.state === "draining";
  const change = async () => {
    const verb = isDraining ? "enable" : "drain";
    setBusy(true);
    const path = `/groups/${encodeURIComponent(group)}/targets/${encodeURIComponent(target.id)}/${verb}`;
    const answer = await ask(path, { method: "POST" });
    setBusy(false);
    const done = isDraining ? "takes traffic again" : "gets nothing new; what it has goes on";
    onMessage(answer.ok ? `${target.id} ${done}.` : `${target.id} was not changed: ${answer.fault}`);
  };
  return (
    <button
      type="button"
      disabled={isBusy || !isLive}
      aria-label={`${isDraining ? "Enable" : "Drain"} ${target.id}`}
      onClick={() => void change()}
    >
      {isDraining ? "Enable" : "Drain"}
    </button>
  );
}
