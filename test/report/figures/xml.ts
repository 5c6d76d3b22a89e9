export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const TOKEN = /<(\/?)([\w:-]+)((?: [\w:-]+="[^"<]*")*)(\/?)>|([^<]+)/gy;

/**
 * Elements in document order.
 *
 * @throws Error if tags do not balance, an attribute is not quoted, or an entity is not one of XML.
 */
export function elementsOf(xml: string): XmlElement[] {
  return walk(xml).elements;
}

/** What stands in <text> elements, with entities resolved. */
export function textsOf(xml: string): string[] {
  return walk(xml).texts;
}

function walk(xml: string): { elements: XmlElement[]; texts: string[] } {
  const elements: XmlElement[] = [];
  const texts: string[] = [];
  const open: string[] = [];
  let end = 0;
  for (const [token, close, name, attributes, empty, text] of xml.matchAll(TOKEN)) {
    end += token.length;
    if (text !== undefined) {
      if (open.includes("text")) texts.push(resolve(text));
    } else if (close === "/") {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
    } else {
      const pairs = [...attributes!.matchAll(/ ([\w:-]+)="([^"]*)"/g)];
      elements.push({
        name: name!,
        attributes: Object.fromEntries(pairs.map(([, key, value]) => [key!, resolve(value!)])),
      });
      if (empty === "") open.push(name!);
    }
  }
  if (end !== xml.length || open.length > 0)
    throw new Error(`not well-formed at ${end}: ${xml.slice(end, end + 60)}`);
  return { elements, texts };
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };

function resolve(text: string): string {
  return text.replaceAll(/&(\w*;?)/g, (whole, entity: string) => {
    const character = ENTITIES[entity.replace(";", "")];
    if (character === undefined || !entity.endsWith(";")) throw new Error(`${whole} is no entity of XML`);
    return character;
  });
}
