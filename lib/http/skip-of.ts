import { badField } from '@/lib/bad-field'

/** The place of a page in its list, of lists whose cursor is a number: what comes or goes meanwhile may move others by one. */
export function skipOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor)
  throw badField('cursor', 'Send the nextCursor of the page before.')
}
