/** FNV-1a over UTF-16 code units, going on from `hash`; 32 bits. */
export function fnv1a(text: string, hash = 0x811c9dc5): number {
  let mixed = hash;
  for (let i = 0; i < text.length; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), 0x01000193);
  return mixed;
}

/** Spreads 32 bits evenly over all of them, with MurmurHash3's finalizer: FNV alone leaves patterns. Not negative. */
export function spread(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** A place in (0, 1), both ends excluded. */
export function unitInterval(hash: number): number {
  return (spread(hash) + 0.5) / 4_294_967_296;
}
