function isInside(inner: string, outer: string): boolean {
  return inner === outer || outer === '/' || inner.startsWith(`${outer}/`)
}

/** Would a directory that is bound to this place show itself in itself, or hide itself? Both paths are absolute and tidy. */
export function isInOwnSource(source: string, mountPoint: string): boolean {
  return isInside(source, mountPoint) || isInside(mountPoint, source)
}
