import { isUtf8 } from "node:buffer";

/**
 * Why these bytes are not acceptable as UTF-8 text, or null. Overlong forms and encoded surrogates are
 * refused, and so is a byte order mark, which JSON text must not begin with (RFC 8259, section 8.1).
 */
export function utf8Fault(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "begins with a byte order mark";
  return isUtf8(bytes) ? null : "is not valid UTF-8";
}
