/** What the balancer answered, or why there is no answer; `fault` is a line for people. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: number | undefined; readonly fault: string };

const tokenKey = "ballast-admin-token";

/** Kept for this tab alone. */
export function storedToken(): string {
  return sessionStorage.getItem(tokenKey) ?? "";
}

export function storeToken(token: string): void {
  if (token === "") sessionStorage.removeItem(tokenKey);
  else sessionStorage.setItem(tokenKey, token);
}

/** Asks the admin address that this page came from; with the token, where there is one. */
export async function ask(path: string, init: RequestInit = {}): Promise<Answer<Response>> {
  const headers = new Headers(init.headers);
  const token = storedToken();
  if (token !== "") headers.set("authorization", `Bearer ${token}`);
  try {
    const response = await fetch(path, { ...init, headers });
    if (response.ok) return { ok: true, value: response };
    return { ok: false, status: response.status, fault: (await response.text()).trim() };
  } catch (error) {
    return { ok: false, status: undefined, fault: `no answer: ${(error as Error).message}` };
  }
}

/** As {@link ask}, for what is answered in JSON. */
export async function askJson<T>(path: string, init?: RequestInit): Promise<Answer<T>> {
  const answer = await ask(path, init);
  return answer.ok ? { ok: true, value: (await answer.value.json()) as T } : answer;
}
