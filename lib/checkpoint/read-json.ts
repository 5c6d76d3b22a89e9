import { SpectrapError } from "../solver/error.ts";
import { type OpenFile, withFile } from "./file.ts";
import { JsonSyntaxError, type ParsedJson, parseJson } from "./json.ts";
import { refuseLfsPointer } from "./lfs.ts";
import { utf8Fault } from "./utf8.ts";

/** What a JSON file beside the weights may demand, and the codes its faults get. */
export interface JsonFileRules {
  bytes: number;
  nesting: number;
  limitCode: string;
  syntaxCode: string;
}

/** Reads a small JSON file. Errors: those of withFile, CK_LFS_POINTER and the codes of `rules`. */
export function readJson(path: string, rules: JsonFileRules): Promise<ParsedJson> {
  return withFile(path, async (file) => {
    await refuseLfsPointer(file);
    const { size } = file.source;
    if (size > rules.bytes) {
      throw new SpectrapError(rules.limitCode, `has ${size} bytes; ${rules.bytes} are the limit`, {
        file: path,
        hint: "check that this is the right file",
      });
    }
    return parse(file, rules);
  });
}

async function parse(file: OpenFile, rules: JsonFileRules): Promise<ParsedJson> {
  const bytes = await file.read(0, file.source.size);
  const place = { file: file.source.path, hint: "download or write the file again" };
  const fault = utf8Fault(bytes);
  if (fault !== null) throw new SpectrapError(rules.syntaxCode, fault, { ...place, offset: 0 });
  try {
    return parseJson(bytes, { nesting: rules.nesting });
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const reason = `is not JSON: ${error.message}`;
    throw new SpectrapError(rules.syntaxCode, reason, { ...place, offset: error.offset, cause: error });
  }
}
