/**
 * JSON as hostile files write it. `JSON.parse` keeps the last of two equal keys without a word, forgets how
 * a number was spelled and puts keys on a prototype; this reader reports the first repeated key, keeps the
 * spelling of every number that is not a plain index, and returns Maps. It reads bytes, so that places in
 * errors are offsets into the file.
 */
export type Json = null | boolean | string | number | JsonNumber | Json[] | JsonObject;

export type JsonObject = Map<string, Json>;

/**
 * A number that is not written `0` or `[1-9][0-9]*` or does not fit 2^53-1; all others are JavaScript
 * numbers, exact.
 */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export interface ParsedJson {
  value: Json;
  /** The first key that its object has twice (compared after unescaping), and where it stands again. */
  duplicate: { key: string; offset: number } | null;
}

/** The text is not JSON; `offset` is the byte at which that became clear. */
export class JsonSyntaxError extends Error {
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.name = "JsonSyntaxError";
    this.offset = offset;
  }
}

export interface JsonLimits {
  /** Objects and arrays inside one another; the outermost counts 1. */
  nesting: number;
}

/**
 * Parses one JSON value with nothing but white space around it (RFC 8259). `bytes` must be valid UTF-8
 * (see utf8.ts). Throws JsonSyntaxError, also where nesting goes beyond the limit.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): ParsedJson {
  const parser = new Parser(bytes, limits.nesting);
  const value = parser.document();
  return { value, duplicate: parser.duplicate };
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const ESCAPES: ReadonlyMap<number, string> = new Map(
  Object.entries({ '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }).map(
    ([letter, value]) => [letter.charCodeAt(0), value],
  ),
);

class Parser {
  duplicate: ParsedJson["duplicate"] = null;
  private readonly bytes: Buffer;
  private readonly nesting: number;
  private position = 0;
  private depth = 0;

  constructor(bytes: Uint8Array, nesting: number) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.nesting = nesting;
  }

  document(): Json {
    this.skipSpace();
    const value = this.value();
    this.skipSpace();
    if (this.position < this.bytes.length) this.fail("more text after the value");
    return value;
  }

  private value(): Json {
    switch (this.bytes[this.position]) {
      case OPEN_BRACE:
        return this.object();
      case OPEN_BRACKET:
        return this.array();
      case QUOTE:
        return this.string();
      case 0x74: // t
        return this.word("true", true);
      case 0x66: // f
        return this.word("false", false);
      case 0x6e: // n
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  private object(): JsonObject {
    const members: JsonObject = new Map();
    this.descend();
    if (this.peek() !== CLOSE_BRACE) {
      do {
        this.skipSpace();
        const start = this.position;
        if (this.bytes[start] !== QUOTE) this.fail("a member needs a name in quotes");
        const key = this.string();
        if (members.has(key)) this.duplicate ??= { key, offset: start };
        this.skipSpace();
        if (this.bytes[this.position] !== COLON) this.fail("a colon must follow the name of a member");
        this.position++;
        this.skipSpace();
        members.set(key, this.value());
      } while (this.another());
    }
    this.ascend(CLOSE_BRACE, "an object");
    return members;
  }

  private array(): Json[] {
    const items: Json[] = [];
    this.descend();
    if (this.peek() !== CLOSE_BRACKET) {
      do {
        this.skipSpace();
        items.push(this.value());
      } while (this.another());
    }
    this.ascend(CLOSE_BRACKET, "an array");
    return items;
  }

  private descend(): void {
    if (++this.depth > this.nesting) this.fail(`nested deeper than ${this.nesting} levels`);
    this.position++;
  }

  private ascend(close: number, what: string): void {
    if (this.bytes[this.position] !== close) this.fail(`${what} does not end where it should`);
    this.position++;
    this.depth--;
  }

  /** Steps over a comma, if there is one. */
  private another(): boolean {
    if (this.peek() !== COMMA) return false;
    this.position++;
    return true;
  }

  private peek(): number | undefined {
    this.skipSpace();
    return this.bytes[this.position];
  }

  /** Most strings have neither escapes nor other than ASCII letters and are one slice. */
  private string(): string {
    const { bytes } = this;
    const begin = ++this.position;
    let ascii = true;
    for (let i = begin; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte === QUOTE) {
        this.position = i + 1;
        return ascii ? bytes.toString("latin1", begin, i) : bytes.toString("utf8", begin, i);
      }
      if (byte === BACKSLASH) return this.escapedString(begin, i);
      if (byte < SPACE) this.failAt(i, "a control character in a string");
      if (byte >= 0x80) ascii = false;
    }
    return this.failAt(bytes.length, "a string does not end");
  }

  /** `begin` is where the string starts, `at` its first backslash. */
  private escapedString(begin: number, at: number): string {
    const { bytes } = this;
    const parts: string[] = [];
    let from = begin;
    let i = at;
    while (i < bytes.length) {
      const byte = bytes[i]!;
      if (byte === QUOTE) {
        parts.push(bytes.toString("utf8", from, i));
        this.position = i + 1;
        return parts.join("");
      }
      if (byte < SPACE) this.failAt(i, "a control character in a string");
      if (byte !== BACKSLASH) {
        i++;
        continue;
      }
      parts.push(bytes.toString("utf8", from, i));
      if (bytes[i + 1] === 0x75 /* u */) {
        parts.push(String.fromCharCode(this.hexUnit(i + 2)));
        i += 6;
      } else {
        const plain = ESCAPES.get(bytes[i + 1] ?? -1);
        if (plain === undefined) this.failAt(i, "an unknown escape");
        parts.push(plain);
        i += 2;
      }
      from = i;
    }
    return this.failAt(bytes.length, "a string does not end");
  }

  private hexUnit(at: number): number {
    const digits = this.bytes.toString("latin1", at, at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.failAt(at, "an escape needs four hexadecimal digits");
    return Number.parseInt(digits, 16);
  }

  private number(): number | JsonNumber {
    const begin = this.position;
    const negative = this.bytes[begin] === MINUS;
    if (negative) this.position++;
    const digits = this.position;
    const index = this.digits();
    if (this.bytes[digits] === ZERO && this.position > digits + 1) {
      this.failAt(digits, "a number with a leading zero");
    }
    const integerEnd = this.position;
    if (this.bytes[this.position] === DOT) {
      this.position++;
      this.digits();
    }
    const exponent = this.bytes[this.position];
    if (exponent === 0x65 /* e */ || exponent === 0x45 /* E */) {
      this.position++;
      const sign = this.bytes[this.position];
      if (sign === PLUS || sign === MINUS) this.position++;
      this.digits();
    }
    const plain = !negative && this.position === integerEnd && index <= Number.MAX_SAFE_INTEGER;
    return plain ? index : new JsonNumber(this.bytes.toString("latin1", begin, this.position));
  }

  /** At least one decimal digit; the value is exact up to 2^53-1 and larger than that beyond. */
  private digits(): number {
    const begin = this.position;
    let value = 0;
    let byte = this.bytes[this.position];
    while (byte !== undefined && byte >= ZERO && byte <= NINE) {
      value = value * 10 + (byte - ZERO);
      byte = this.bytes[++this.position];
    }
    if (this.position === begin) {
      this.fail(begin === this.bytes.length ? "the text ends too early" : "no value where one is needed");
    }
    return value;
  }

  private word<T extends Json>(word: string, value: T): T {
    if (this.bytes.toString("latin1", this.position, this.position + word.length) !== word) {
      this.fail("no value where one is needed");
    }
    this.position += word.length;
    return value;
  }

  private skipSpace(): void {
    for (;;) {
      const byte = this.bytes[this.position];
      if (byte !== SPACE && byte !== LINE_FEED && byte !== RETURN && byte !== TAB) return;
      this.position++;
    }
  }

  private fail(reason: string): never {
    return this.failAt(this.position, reason);
  }

  private failAt(offset: number, reason: string): never {
    throw new JsonSyntaxError(reason, offset);
  }
}
