/** How far back figures are told, the shortest first. */
export const RANGES = ['24h', '7d', '90d', '1y'] as const
export type MetricsRange = (typeof RANGES)[number]
