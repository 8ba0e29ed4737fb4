import type { UdpStatus } from "../stream/udp-status.ts";
import type { ControlStatus } from "./control-status.ts";

/** The sections of `/status` on what only the main thread has, however many threads serve. */
export interface MainStatus {
  /** Where servers announce themselves; left out where they can't. */
  readonly control?: ControlStatus;
  /** By listener, or by port of a registered server such as `udp/53`; left out where there is none. */
  readonly udp?: Readonly<Record<string, UdpStatus>>;
}
