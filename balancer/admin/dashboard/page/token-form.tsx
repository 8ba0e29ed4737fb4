import type { TargetedEvent } from "preact";

interface TokenFormProps {
  readonly token: string;
  readonly isNeeded: boolean;
  readonly onToken: (token: string) => void;
}

/** Takes the admin token, without which some balancers show or change nothing. */
export function TokenForm({ token, isNeeded, onToken }: TokenFormProps) {
  const submit = (event: TargetedEvent<HTMLFormElement, SubmitEvent>) => {
    event.preventDefault();
    onToken(String(new FormData(event.currentTarget).get("token")).trim());
  };
  return (
    <details class="token" open={isNeeded}>
      <summary>{token === "" ? "token" : "token set"}</summary>
      <form onSubmit={submit}>
        <label>
          Admin token <input type="password" name="token" autocomplete="off" defaultValue={token} />
        </label>
        <button type="submit">Use it</button>
      </form>
    </details>
  );
}
