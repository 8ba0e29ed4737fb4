/**
 * Puts the JSON objects of a stream back together: with or without newlines between them, however they are
 * cut. Calls `take` with the text of each.
 */
export class ObjectReader {
  private text = "";
  private depth = 0;
  private isInString = false;
  private isEscaped = false;

  push(part: string, take: (object: string) => void): void {
    for (const character of part) {
      if (this.depth === 0 && character !== "{") continue;
      this.text += character;
      if (this.isInString) this.inString(character);
      else if (character === '"') this.isInString = true;
      else if (character === "{") this.depth++;
      else if (character === "}") this.depth--;
      if (this.depth > 0) continue;
      const object = this.text;
      this.text = "";
      take(object);
    }
  }

  private inString(character: string): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (character === "\\") this.isEscaped = true;
    else if (character === '"') this.isInString = false;
  }
}
