/**
 * `cleared`: it is over. The others are there: `acknowledged` until they get worse, `silenced` until a time, `maintenance` while a window
 * of what it is about lasts, `folded` while the hosts that see it do not answer: their alert stands for it.
 */
export const ALERT_STATES = ['open', 'acknowledged', 'silenced', 'maintenance', 'folded', 'cleared'] as const
