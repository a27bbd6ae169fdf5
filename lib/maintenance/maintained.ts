/** What can be under maintenance. */
export const MAINTAINED = ['host', 'backend', 'pool'] as const

/** Can a thing of this noun be under maintenance? */
export function isMaintained(noun: string): noun is (typeof MAINTAINED)[number] {
  return (MAINTAINED as readonly string[]).includes(noun)
}
