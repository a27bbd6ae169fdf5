import { expect, it } from 'vitest'
import { ranked } from '@/lib/search/rank'

const THINGS = [
  { id: 'mnt_1', name: 'Media', texts: ['/srv/media', 'nas1:/export/films'] },
  { id: 'mnt_2', name: 'media-2', texts: ['/srv/two', 'nas2:/export/films'] },
  { id: 'mnt_10', name: 'media-10', texts: ['/srv/ten', 'nas2:/export/films'] },
  { id: 'mnt_3', name: 'old media', texts: ['/srv/old'] },
  { id: 'mnt_4', name: 'archive', texts: ['/srv/archive', 'nas1:/export/media'] },
  { id: 'mnt_5', name: 'Müller', texts: ['zone=north'] },
]

it.each([
  ['media', ['Media', 'media-2', 'media-10', 'old media', 'archive']],
  ['MEDIA', ['Media', 'media-2', 'media-10', 'old media', 'archive']],
  ['  media   old ', ['old media']],
  ['nas2', ['media-2', 'media-10']],
  ['films media-10', ['media-10']],
  ['mnt_4', ['archive']],
  ['mu\u0308ller', ['Müller']],
  ['zone=north', ['Müller']],
  ['media nothing', []],
  ['', ['archive', 'Media', 'media-2', 'media-10', 'Müller', 'old media']],
])('"%s" finds %j, best first', (query, expected) => {
  expect(ranked(THINGS, query).map(({ one }) => one.name)).toEqual(expected)
})

it('says where words were found that the name lacks', () => {
  const where = (query: string) => ranked(THINGS, query)[0]?.match.foundIn
  expect(where('export/media')).toBe('nas1:/export/media')
  expect(where('archive nas1')).toBe('nas1:/export/media')
  expect(where('archive')).toBeNull()
})
