import type { PreparedRequest } from "./prepared-request.ts";

const places = 256;

/** A request's head, and what it means. */
export interface KnownHead {
  readonly bytes: Buffer;
  readonly request: PreparedRequest;
}

interface SharedHead extends KnownHead {
  readonly address: string;
}

/**
 * Heads that came from the same address on more than one connection, as from clients that open one for each request, or
 * many at once: what they mean is found out and kept once. Each head has one place, and loses it to the next that has the same.
 */
export class SharedHeads {
  private readonly heads: (SharedHead | undefined)[] = new Array(places).fill(undefined);
  /** Of what came last for each place: most heads of browsers come once only, and are not kept. */
  private readonly hashes = new Uint32Array(places);

  /** By which a head is found here that `address` sent. */
  hash(head: Buffer, address: string): number {
    return Bun.hash.crc32(head, Bun.hash.crc32(address));
  }

  find(head: Buffer, address: string, hash: number): KnownHead | undefined {
    const known = this.heads[hash % places];
    return known !== undefined && known.address === address && known.bytes.equals(head) ? known : undefined;
  }

  /** Keeps a head from the second time on. */
  add(known: KnownHead, address: string, hash: number): void {
    const place = hash % places;
    if (this.hashes[place] === hash) this.heads[place] = { ...known, address };
    else this.hashes[place] = hash;
  }
}
