/** What an operation that may well fail comes to: its value, or one sentence for the user on why not. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: string };

export function success<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failure(fault: string): Outcome<never> {
  return { ok: false, fault };
}
