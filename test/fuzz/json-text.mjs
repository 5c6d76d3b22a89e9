/** JSON text as hostile writers spell it: any escapes, any white space, members twice, numbers of any spelling. */

/** Text that goes into the output as it is. */
export class Raw {
  constructor(text) {
    this.text = text;
  }
}

/** An object as a list of members, which may have a name twice. */
export class Members {
  constructor(list) {
    this.list = list;
  }
}

const SPACES = [" ", "\n", "\t", "\r", "  ", ""];

/** `wildness` is the chance of a strange spelling at each place that allows one. */
export function jsonText(value, random, wildness) {
  const space = () => (random.chance(wildness) ? random.pick(SPACES) : "");
  const write = (item) => {
    if (item instanceof Raw) return item.text;
    if (typeof item === "string") return stringText(item, random, wildness);
    if (item instanceof Members) {
      const members = item.list.map(([key, inner]) => {
        return `${space()}${stringText(key, random, wildness)}${space()}:${space()}${write(inner)}${space()}`;
      });
      return `{${members.join(",")}}`;
    }
    if (Array.isArray(item)) return `[${item.map((inner) => space() + write(inner) + space()).join(",")}]`;
    return JSON.stringify(item);
  };
  return space() + write(value) + space();
}

function stringText(text, random, wildness) {
  const plain = JSON.stringify(text);
  if (!random.chance(wildness)) return plain;
  const units = Array.from({ length: text.length }, (_, i) => {
    if (random.chance(0.5)) return JSON.stringify(text[i]).slice(1, -1);
    const hex = text.charCodeAt(i).toString(16).padStart(4, "0");
    return `\\u${random.chance(0.5) ? hex : hex.toUpperCase()}`;
  });
  return `"${units.join("")}"`;
}
