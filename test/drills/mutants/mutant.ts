/** A broken build of the real code, which the drills must report as broken. */
export interface Mutant {
  /** In kebab-case, as `--mutants` takes it. */
  readonly name: string;
  /** What is broken, in one sentence. */
  readonly what: string;
  /** Applied in this order. */
  readonly patches: readonly Patch[];
  /** The faults that reveal it, by name; none if customers and webhooks alone do. */
  readonly faults: readonly string[];
  /** The number of acknowledged orders after which the run ends. */
  readonly orders: number;
  /** The contract's invariants, at least one of which must be reported as broken. */
  readonly breaks: readonly number[];
}

export interface Patch {
  /** Below src/ or prisma/. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** @throws Error if a patch's text doesn't occur exactly once, as the code has changed and the patch must follow */
export function applyPatches(mutant: Mutant, file: string, text: string): string {
  return mutant.patches
    .filter((patch) => patch.file === file)
    .reduce((patched, { find, replace }) => {
      const parts = patched.split(find);
      if (parts.length === 2) return parts.join(replace);
      throw new Error(
        `mutant ${mutant.name}: ${file} has the text to be replaced ${parts.length - 1} times, not once:\n${find}`,
      );
    }, text);
}

/** The files that the mutant changes, each once. */
export function patchedFiles(mutant: Mutant): readonly string[] {
  return [...new Set(mutant.patches.map(({ file }) => file))];
}
