/** A test for names: kept if it matches any including glob (or there is none) and no excluding one (leading `-`). */
export function nameFilter(globs: readonly string[]): (name: string) => boolean {
  const including = globs.filter((glob) => !glob.startsWith("-")).map(matcher);
  const excluding = globs.filter((glob) => glob.startsWith("-")).map((glob) => matcher(glob.slice(1)));
  return (name) =>
    (including.length === 0 || including.some((matches) => matches(name))) &&
    !excluding.some((matches) => matches(name));
}

/**
 * `*` stands for any run of characters (dots too), `?` for one; the whole name must match. On a mismatch only the
 * latest `*` takes one character more, so the time is at most glob length × name length: a regular expression
 * would backtrack without bound on globs like `*a*a*a*b`.
 */
function matcher(glob: string): (name: string) => boolean {
  return (name) => {
    let at = 0;
    let star = -1;
    let resume = 0;
    let position = 0;
    while (position < name.length) {
      if (glob[at] === "*") {
        star = at++;
        resume = position;
      } else if (at < glob.length && (glob[at] === "?" || glob[at] === name[position])) {
        at++;
        position++;
      } else if (star >= 0) {
        at = star + 1;
        position = ++resume;
      } else {
        return false;
      }
    }
    while (glob[at] === "*") at++;
    return at === glob.length;
  };
}
