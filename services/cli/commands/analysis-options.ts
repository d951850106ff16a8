/** Options that the analysis commands share; all but `url` go to the gateway, which checks them. */
export interface AnalysisOptions {
  readonly url?: string;
  readonly model?: string;
  readonly pooling?: string;
  readonly window?: string;
  readonly resize?: string;
}

/** The given ones as form fields. */
export function optionFields(options: AnalysisOptions): readonly (readonly [string, string])[] {
  const { model, pooling, window, resize } = options;
  return Object.entries({ model, pooling, window, resize }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
}
