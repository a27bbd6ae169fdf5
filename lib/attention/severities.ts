/** Worst first. `drift`: somebody has changed something on hosts, and a person decides what holds. */
export const SEVERITIES = ['critical', 'warning', 'drift'] as const
