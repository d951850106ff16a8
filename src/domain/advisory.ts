/** Something a reader of a result must know: not an error, never silent. */
export interface Advisory {
  /** Stable kebab-case code, for example `demo-weights`. */
  readonly code: string;
  readonly level: 'info' | 'warning';
  readonly message: string;
  /** Where the statement comes from: a measurement, a document, a rule. */
  readonly evidence?: string;
}
