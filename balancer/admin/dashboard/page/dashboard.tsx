import { useState } from "preact/hooks";
import { storedToken, storeToken } from "./api.ts";
import { ConfigView } from "./config-view.tsx";
import { clockTime, duration } from "./format.ts";
import { GroupCard } from "./group-card.tsx";
import { type Link, type Live, useLive } from "./live.ts";
import { TokenForm } from "./token-form.tsx";
import { TryIt } from "./try-it.tsx";

/** The whole page. */
export function Dashboard() {
  const [token, setToken] = useState(storedToken);
  const live = useLive(token);
  const { link, state, history } = live;
  const useToken = (text: string) => {
    storeToken(text);
    setToken(text);
  };
  return (
    <>
      <header>
        <h1>Ballast</h1>
        <p class="facts">{state !== undefined && `${state.version}, up ${duration(state.uptimeSeconds)}`}</p>
        <LinkState link={link} />
        <TokenForm token={token} isNeeded={link.kind === "locked"} onToken={useToken} />
      </header>
      <Warning live={live} />
      <main class={link.kind === "gone" ? "stale" : ""}>
        {state?.groups.map((group) => (
          <GroupCard
            key={group.name}
            group={group}
            atMs={state.atMs}
            history={history}
            isLive={link.kind === "live"}
          />
        ))}
        {state !== undefined && state.groups.length === 0 && <p>This balancer has no groups.</p>}
        {state !== undefined && <TryIt key={`try ${token}`} />}
        {state !== undefined && <ConfigView key={`config ${token}`} />}
      </main>
    </>
  );
}

const linkTexts: Readonly<Record<Link["kind"], string>> = {
  connecting: "connecting",
  live: "live",
  gone: "no answer",
  locked: "locked",
};

function LinkState({ link }: { readonly link: Link }) {
  return (
    <p class={`link ${link.kind}`} role="status">
      {linkTexts[link.kind]}
    </p>
  );
}

/** Old figures must not pass for new ones. */
function Warning({ live: { link, state } }: { readonly live: Live }) {
  if (link.kind === "locked") return <p class="warning">{link.fault}</p>;
  if (link.kind !== "gone") return null;
  const what =
    state === undefined ? "Nothing has come yet." : `What stands below is of ${clockTime(state.atMs)}.`;
  return (
    <p class="warning" role="alert">
      The balancer has not answered since {clockTime(link.sinceMs)}: {link.fault}. {what}
    </p>
  );
}
