import { textTable } from "../bench/report/terminal.ts";
import { costItems, dollars, type Priced, totalOf } from "../stacks/costs.ts";
import { priceDate, priceRegion } from "../stacks/prices.ts";

/** Of a synthesized stack, the resources whose address fits. */
export function partOf(stack: Priced, isIn: (address: string) => boolean): Priced {
  const resource = Object.fromEntries(
    Object.entries(stack.resource).map(([type, named]) => [
      type,
      // Templates have no price of their own; groups need theirs to be counted.
      type === "aws_launch_template"
        ? named
        : Object.fromEntries(Object.entries(named).filter(([name]) => isIn(`${type}.${name}`))),
    ]),
  );
  return { resource };
}

/** The price of an hour, item by item, and what it is made from. */
export function billText(stack: Priced): string {
  const items = costItems(stack);
  const rows = items.map(({ item, count, usdPerHour }) => [item, String(count), dollars(usdPerHour)]);
  const [least, most] = [totalOf(items), totalOf(costItems(stack, "most"))];
  const range = most === least ? "" : `, ${dollars(most)} at its largest`;
  return `${textTable(["an hour", "count", "US dollars"], [...rows, ["together", "", `${dollars(least)}${range}`]])}

List prices on demand in ${priceRegion}, ${priceDate}; traffic and what else goes by use comes on top: docs/aws-costs.md`;
}

/** In a few words. */
export function priceText(stack: Priced): string {
  return `${dollars(totalOf(costItems(stack)))} an hour`;
}
