import { expect, test } from 'vitest'
import * as queries from '@/components/data/queries'

test('a query about one thing has its id where a change of it is looked for', () => {
  const made = [
    queries.poolOne('a'),
    queries.poolSchedule('a'),
    queries.poolFiles('a', '', null),
    queries.poolUploads('a'),
    queries.poolTemplates('a'),
    queries.volumeOne('a'),
    queries.volumeSchedule('a'),
    queries.attachInfoOf('a', {}),
  ]
  for (const { queryKey } of made) expect(queryKey.slice(1, 3)).toEqual(['one', 'a'])
})
