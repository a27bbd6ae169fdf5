/** How a state is shown, for all nouns alike: `drift` is what somebody has changed on a host, `off` what is rightly not there. */
export type Tone = 'healthy' | 'drift' | 'warning' | 'critical' | 'unknown' | 'working' | 'off'

/** A state as a reader meets it. */
export interface StatusWord {
  tone: Tone
  word: string
}

/** Worst first: what needs a person comes before what merely waits. */
export const TONE_ORDER: readonly Tone[] = ['critical', 'warning', 'drift', 'working', 'unknown', 'healthy', 'off']

/** Does this need a person? */
export function isTrouble(tone: Tone): boolean {
  return tone === 'critical' || tone === 'warning' || tone === 'drift'
}
