import { SpectrapError } from "../solver/error.ts";
import type { OpenFile } from "./file.ts";

const MARK = "version https://git-lfs";

/** A clone without git-lfs leaves a small text in place of every large file. Throws CK_LFS_POINTER. */
export async function refuseLfsPointer(file: OpenFile): Promise<void> {
  if (file.source.size < MARK.length) return;
  const first = Buffer.from(await file.read(0, MARK.length)).toString("latin1");
  if (first !== MARK) return;
  throw new SpectrapError("CK_LFS_POINTER", "is a git-lfs pointer, not the file itself", {
    file: file.source.path,
    offset: 0,
    hint: "fetch the real file with `git lfs pull`",
  });
}
