/** Observed states in which a mount does not serve anybody as wanted, and which do not pass by themselves. */
export const FAILING_STATES: ReadonlySet<string> = new Set([
  'hung',
  'corrupted',
  'foreign',
  'stacked',
  'stuck',
  'detached_dirty',
  'error',
])
