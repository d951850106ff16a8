/** Time, so that tests can hold it. Implementations: the system clock, and the manual clock of the tests. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Monotonic milliseconds, for durations. */
  monotonicMs(): number;
  /** Calls back once after delayMs; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}
