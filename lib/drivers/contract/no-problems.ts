import type { Problems } from '@/lib/drivers/problems/definition'

/** What stands in the browser in place of a type's `problems.ts`, see next.config.mjs: it gets the words from the API. */
export const problems: Problems = {}
