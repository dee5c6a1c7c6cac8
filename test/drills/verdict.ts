export interface Verdict {
  readonly holds: boolean;
  readonly invariants: readonly InvariantVerdict[];
  /** Why the run proves too little, whatever the invariants say: too few orders, a fault that never struck. */
  readonly vacuous: readonly string[];
}

export interface InvariantVerdict {
  /** 1 to 12 are the contract's; the others are the drill's own. */
  readonly number: number;
  readonly name: string;
  /** How many facts were compared. */
  readonly checks: number;
  readonly violations: readonly Violation[];
}

export interface Violation {
  readonly what: string;
  /** Everything that is known about the order or key, in order of time. */
  readonly story: readonly string[];
}
