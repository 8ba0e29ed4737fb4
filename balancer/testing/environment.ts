/** For tests: runs `task` with these variables in the environment, and puts back what was there. */
export async function withEnvironment<Value>(
  variables: Readonly<Record<string, string>>,
  task: () => Promise<Value>,
): Promise<Value> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return await task();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
