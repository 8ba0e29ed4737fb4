/** What came of reading input: the value, or every fault found in it, one readable line each. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly string[] };

export function succeed<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(...faults: string[]): Result<never> {
  return { ok: false, faults };
}
