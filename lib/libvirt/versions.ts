function parts(version: string): number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number)
}

/** Compares part by part, so 10.0 is newer than 9.10. An unknown version is none. */
export function isAtLeast(version: string | null, least: string): boolean {
  if (version === null) return false
  const [have, need] = [parts(version), parts(least)]
  for (let index = 0; index < Math.max(have.length, need.length); index++) {
    const difference = (have[index] ?? 0) - (need[index] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}
