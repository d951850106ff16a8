/** How stored values become 8-bit levels. `center` and `width` are stored values. */
export type WindowOption =
  | { readonly kind: 'full' }
  | { readonly kind: 'auto' }
  | { readonly kind: 'linear'; readonly center: number; readonly width: number };

/** What was done: `low` and `high` are the stored values at the ends of the line, sent to 0 and 255. */
export interface AppliedWindow {
  readonly kind: WindowOption['kind'];
  readonly low: number;
  readonly high: number;
}
