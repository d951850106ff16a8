/** One thing looked at by `tessera doctor`. */
export interface Finding {
  readonly name: string;
  readonly isOk: boolean;
  readonly detail: string;
  /** What to do; only where something is to be done. */
  readonly advice?: string;
}
