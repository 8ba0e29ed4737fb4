type Handler<R extends Request, S, A> = (request: R, server: S) => A;

/** Lets GET and HEAD through; Bun drops the body of an answer to HEAD. */
export function forReading<R extends Request, S, A>(handler: Handler<R, S, A>): Handler<R, S, A | Response> {
  return (request, server) =>
    request.method === "GET" || request.method === "HEAD"
      ? handler(request, server)
      : methodNotAllowed(request.method, "GET, HEAD");
}

/** Lets POST through. */
export function forPosting<R extends Request, S, A>(handler: Handler<R, S, A>): Handler<R, S, A | Response> {
  return (request, server) =>
    request.method === "POST" ? handler(request, server) : methodNotAllowed(request.method, "POST");
}

function methodNotAllowed(found: string, allow: string): Response {
  return new Response(`found method ${found}, expected ${allow}\n`, { status: 405, headers: { allow } });
}
