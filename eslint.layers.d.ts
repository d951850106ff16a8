/** Types of `eslint.layers.js`, for the test that reads the table. */
export declare const layers: Readonly<Record<string, readonly string[]>>;
export declare const packageFree: readonly string[];
export declare const nodeOnlyForHttp: readonly string[];
