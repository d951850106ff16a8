export interface Contender {
  readonly name: string;
  readonly run: () => unknown;
}

/**
 * Times contenders in turns, so that a busy machine is busy for all of them.
 * @returns fastest (what it costs undisturbed) and median ms of each, and the ratio of the fastest to the first's
 */
export async function timeInterleaved(
  contenders: readonly Contender[],
  rounds: number,
): Promise<readonly { name: string; fastestMs: number; medianMs: number; ratio: number }[]> {
  const times = contenders.map((): number[] => []);
  for (let round = -5; round < rounds; round += 1) {
    for (const [index, { run }] of contenders.entries()) {
      const started = performance.now();
      await run();
      if (round >= 0) times[index]!.push(performance.now() - started);
    }
  }
  for (const list of times) list.sort((a, b) => a - b);
  return contenders.map(({ name }, index) => {
    const fastestMs = times[index]![0]!;
    const medianMs = times[index]![Math.floor(rounds / 2)]!;
    return { name, fastestMs, medianMs, ratio: fastestMs / times[0]![0]! };
  });
}
