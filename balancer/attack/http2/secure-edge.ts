import { createAuthority, issue } from "../../testing/certificates.ts";
import { EdgeFixture, type EdgeSetup, type StartEdge } from "../../testing/edge-fixture.ts";

/** For tests: starts edges with TLS and says whom to trust. */
export interface SecureEdges {
  /** PEM. */
  readonly ca: string;
  start(start: StartEdge, setup: EdgeSetup): EdgeFixture;
}

export async function secureEdges(): Promise<SecureEdges> {
  const authority = await createAuthority();
  const certificate = { ...(await issue(authority, "localhost", "127.0.0.1")), serverName: undefined };
  return {
    ca: authority.cert,
    start: (start, setup) => EdgeFixture.start(start, { ...setup, certificates: [certificate] }),
  };
}

/** The listener's part of a setup with HTTP/2. */
export const http2Listener = { http2: true, tls: [{ cert: "unused.pem", key: "unused.pem" }] };
