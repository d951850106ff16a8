import type { inference } from '#src/infer/triton/gen/protocol.js';

/** Which of the versions that exist a policy wants served, ascending. Without a policy: the newest one. */
export function chooseVersions(
  existing: readonly number[],
  policy: inference.ModelVersionPolicy.$Properties | null | undefined,
): readonly number[] {
  const ascending = [...existing].sort((a, b) => a - b);
  if (policy?.all) return ascending;
  if (policy?.specific) {
    const wanted = new Set(policy.specific.versions ?? []);
    return ascending.filter((version) => wanted.has(version));
  }
  return ascending.slice(-Math.max(1, policy?.latest?.numVersions ?? 1));
}
