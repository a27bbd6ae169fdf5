import { z } from 'zod'
import { Timestamp } from '@/lib/http/envelope'

/** Lists of the console that have filters. */
export const ViewList = z.enum(['backends', 'pools', 'volumes', 'mounts', 'hosts', 'operations', 'audit'])
export type ViewList = z.infer<typeof ViewList>

export const ViewName = z
  .string()
  .trim()
  .min(1, 'Give the view a name.')
  .max(60, 'The name must have at most 60 characters.')
  .regex(/^[^\p{C}]*$/u, 'The name must not contain control characters.')

/** What stands in the address of the list behind the question mark: search words, filters and order. */
export const ViewQuery = z
  .string()
  .max(2000, 'That are too many filters for one view.')
  .transform((text) => new URLSearchParams(text).toString())

export const SaveView = z.strictObject({ list: ViewList, name: ViewName, query: ViewQuery })
export type SaveView = z.output<typeof SaveView>

/** What is left out stays. */
export const ChangeView = z.strictObject({ name: ViewName.optional(), query: ViewQuery.optional() })
export type ChangeView = z.output<typeof ChangeView>

export const ListViews = z.strictObject({ list: ViewList.optional() })

export const SavedViewView = z.object({
  id: z.string(),
  list: ViewList,
  name: z.string(),
  query: z.string(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type SavedViewView = z.infer<typeof SavedViewView>
