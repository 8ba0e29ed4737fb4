import type { CertificateStatus } from "../acme/certificate-keeper.ts";
import type { CallStatus } from "../aws/repeated-call.ts";
import type { DiscoveryStatus } from "../discovery/group-discovery.ts";
import type { ReloadStatus } from "../reload/reload-record.ts";
import type { UdpStatus } from "../stream/udp-status.ts";
import type { ControlStatus } from "./control-status.ts";

/** The sections of `/status` on what only the main thread has, however many threads serve. */
export interface MainStatus {
  /** Of the last reload, where there was one. */
  readonly reload?: ReloadStatus;
  /** From an ACME authority; left out where there are none. */
  readonly certificates?: readonly CertificateStatus[];
  /** Where servers announce themselves; left out where they can't. */
  readonly control?: ControlStatus;
  /** How targets are found, by group; left out where none are. */
  readonly discovery?: Readonly<Record<string, DiscoveryStatus>>;
  /** How calls of CloudWatch go; left out where there are none. */
  readonly cloudwatch?: {
    /** Of the metrics that policies go by. */
    readonly metrics?: readonly CallStatus[];
    /** Of what is told of the groups. */
    readonly publishing?: CallStatus;
  };
  /** By listener, or by port of a registered server such as `udp/53`; left out where there is none. */
  readonly udp?: Readonly<Record<string, UdpStatus>>;
}
