import { groupTag, groupTagValue } from "./balancer-config.ts";
import type { Settings } from "./settings.ts";

type Named = Pick<Settings, "name">;
type Tags = Readonly<Record<string, string>>;

/** Of everything a stack makes; `bun run aws down` looks for what still has them. */
export const stackTags = ({ name }: Named, stack: string): Tags => ({
  "ballast:deployment": name,
  "ballast:stack": stack,
});

/** What a console shows as the name. */
export const nameTag = ({ name }: Named, stack: string, id: string): Tags => ({
  Name: `${name}-${stack}-${id}`,
});

/** Of an instance that balancers find as a member of `group`. */
export const memberTags = (settings: Named, stack: string, group: string, id: string): Tags => ({
  ...nameTag(settings, stack, id),
  [groupTag]: groupTagValue(settings, stack, group),
});
