/** Whether this is the compiled program, whose sources Bun keeps in a file system of its own, and not Bun with its sources. */
export const isCompiled = Bun.main.startsWith("/$bunfs/");
