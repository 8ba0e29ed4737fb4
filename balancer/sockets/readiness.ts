import { fixedWords } from "./fixed-memory.ts";
import { libc, systemError } from "./libc.ts";
import { isListening } from "./listening.ts";
import { addEpoll, anywhere, epollEvent, replaceSocket, watchedBy } from "./poll.ts";
import { closeOnExec } from "./socket-options.ts";

/**
 * Descriptors that Bun does not know, and who is to be told when something can be done with them. They stand in an epoll of
 * the thread's own; that one stands in the place of a UDP socket of Bun's, whose event loop tells of it as of a socket that
 * can't be read. `docs/decisions/native-sockets.md` says why.
 */

/** What {@link watch} asks for, and what a {@link Watcher} is told (epoll_ctl(2)). */
export const canRead = 1;
/** Urgent data has come; what is read before it ends there. */
export const hasUrgent = 2;
export const canWrite = 4;
/** Told without being asked for: an error waits to be fetched. */
export const hasError = 8;
/** Told without being asked for: neither side sends any more. */
export const hasHungUp = 16;
export const peerHasEnded = 0x2000;
/** Asks to be told when something begins to hold, or holds at {@link rewatch}, and not again and again while it does. */
export const onceEach = 1 << 31;

export interface Watcher {
  /**
   * `events`: which of the above hold. `isAgain`: still or anew, in the same turn of the event loop: there is much to do.
   */
  onReady(events: number, isAgain: boolean): void;
}

const add = 1;
const remove = 2;
const modify = 3;
/** Taken in one look; what is left is told of in the next. */
const mostEvents = 256;
/**
 * While much is ready, it is looked again for so long: a look costs less than a turn of the event loop, and all else waits.
 */
const mostTurnMs = 2;
/** What was ready alone is mostly the last for a while, and another look would find nothing. */
const much = 2;
/** In units of 32 bits, as the architecture has a `struct epoll_event`. */
const eventWords = epollEvent({ events: 0, data: 0n }).length / 4;
const dataWord = eventWords - 2;

/** This thread's. */
interface Readiness {
  readonly epoll: number;
  readonly calls: ReturnType<typeof libc>;
  /** By descriptor. */
  readonly watchers: (Watcher | undefined)[];
  /** By descriptor: a number may be another's already when an event comes that was meant for the former. */
  readonly serials: number[];
}

let readiness: Readiness | undefined;
let isImpossible = false;
let lastSerial = 0;
let isLooking = false;
/** What is done at the end of the present look. */
const putOff: (() => void)[] = [];
const { view: request, at: requestAt } = fixedWords(eventWords);
const { view: events, at: eventsAt } = fixedWords(eventWords * mostEvents);

/** Whether descriptors can be watched on this system. */
export function canWatch(): boolean {
  if (readiness === undefined && !isImpossible) {
    try {
      readiness = open();
    } catch {
      // Another system than Linux, or a libc that is not known: Bun's own sockets serve there.
      isImpossible = true;
    }
  }
  return readiness !== undefined;
}

/**
 * Has the watcher told of these events from now on, again and again while they hold, or {@link onceEach}. Only where
 * {@link canWatch}. Throws the system's error when it can't; the descriptor is the caller's to close then as ever.
 */
export function watch(fd: number, asked: number, watcher: Watcher): void {
  const { watchers, serials } = present();
  serials[fd] = lastSerial = (lastSerial + 1) | 0;
  control(add, fd, asked);
  watchers[fd] = watcher;
}

/** Has it told of these events in place of the former ones. */
export function rewatch(fd: number, asked: number): void {
  control(modify, fd, asked);
}

/**
 * Has `task` called when all that is ready at the present look has been told of. False where nobody is looking: then the end of
 * the event loop's turn is the time.
 */
export function afterLook(task: () => void): boolean {
  if (isLooking) putOff.push(task);
  return isLooking;
}

/** It is told nothing more. */
export function unwatch(fd: number): void {
  const { watchers, epoll, calls } = present();
  watchers[fd] = undefined;
  calls.epoll_ctl(epoll, remove, fd, null);
}

/** As {@link unwatch} for a descriptor that is closed now: the system forgets it by itself. */
export function forget(fd: number): void {
  present().watchers[fd] = undefined;
}

/** What {@link closeLeft} needs to know of this thread when it is no more; undefined while nothing was watched. */
export function threadReadiness(): number | undefined {
  return readiness?.epoll;
}

/** Closes the connections that a thread has left open which is no more: the event loop that ended with it knew nothing of them. */
export function closeLeft(epoll: number): void {
  // The sockets that it listened on were Bun's, which closes them.
  for (const fd of watchedBy(epoll)) if (!isListening(fd)) libc().close(fd);
  libc().close(epoll);
}

function present(): Readiness {
  if (!canWatch() || readiness === undefined) throw new Error("no descriptors can be watched on this system");
  return readiness;
}

function control(operation: number, fd: number, asked: number): void {
  const { epoll, calls, serials } = present();
  request[0] = asked;
  request[dataWord] = fd;
  request[dataWord + 1] = serials[fd] ?? 0;
  if (calls.epoll_ctl(epoll, operation, fd, requestAt) !== 0) throw systemError("epoll_ctl");
}

function open(): Readiness {
  const calls = libc();
  const epoll = calls.epoll_create1(closeOnExec);
  if (epoll < 0) throw systemError("epoll_create1");
  // Opened when this returns, or has thrown: the promise is about nothing but the type.
  const bell = Bun.peek(Bun.udpSocket({ ...anywhere, socket: { data() {}, error: tellAll } }));
  if (bell instanceof Promise) throw new Error("a UDP socket of Bun's opens later than it did");
  try {
    replaceSocket("udp", bell.port, epoll);
  } catch (error) {
    bell.close();
    calls.close(epoll);
    throw error;
  }
  addEpoll(epoll);
  // What is watched may end: it keeps no program running.
  bell.unref();
  return { epoll, calls, watchers: [], serials: [] };
}

function tellAll(): void {
  if (look(false) < much) return;
  const untilMs = performance.now() + mostTurnMs;
  while (look(true) >= much && performance.now() < untilMs);
}

/** How many descriptors were ready. */
function look(isAgain: boolean): number {
  isLooking = true;
  const count = tell(isAgain);
  isLooking = false;
  try {
    for (let index = 0; index < putOff.length; index++) putOff[index]?.();
  } finally {
    putOff.length = 0;
  }
  return count;
}

function tell(isAgain: boolean): number {
  const { epoll, calls, watchers, serials } = present();
  const count = calls.epoll_wait(epoll, eventsAt, mostEvents, 0);
  for (let index = 0; index < count; index++) {
    const at = index * eventWords;
    const fd = events[at + dataWord] ?? -1;
    if (serials[fd] !== events[at + dataWord + 1]) continue;
    try {
      watchers[fd]?.onReady(events[at] ?? 0, isAgain);
    } catch (error) {
      // A bug of one watcher's, which must not go by in silence, nor keep the others from being told.
      console.error("a socket's handler failed:", error);
    }
  }
  return count;
}
