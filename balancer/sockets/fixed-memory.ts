import { type Pointer, ptr } from "bun:ffi";

/**
 * Memory that stays where it is for as long as the thread runs, so that system calls can be told of it once. Of a typed array
 * that has no `ArrayBuffer` of its own Bun moves the contents, as soon as code that reads it often has been compiled.
 */
export interface FixedMemory<View> {
  readonly view: View;
  readonly at: Pointer;
}

/** An address keeps nothing from being collected. */
const kept: ArrayBufferView[] = [];

export function fixedBytes(length: number): FixedMemory<Uint8Array<ArrayBuffer>> {
  return fixed(new Uint8Array(new ArrayBuffer(length)));
}

/** Of 32 bits each, zero at first. */
export function fixedWords(length: number): FixedMemory<Int32Array<ArrayBuffer>> {
  return fixed(new Int32Array(new ArrayBuffer(4 * length)));
}

function fixed<View extends NodeJS.TypedArray>(view: View): FixedMemory<View> {
  kept.push(view);
  return { view, at: ptr(view) };
}
