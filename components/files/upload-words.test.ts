import { expect, it } from 'vitest'
import { helpsAgain, problemWords, sentWords, whyNotSame } from '@/components/files/upload-words'

it('says what the server said, and of a lost line how to go on', () => {
  const refused = Object.assign(new Error('tus: unexpected response'), {
    originalResponse: {
      getBody: () => JSON.stringify({ code: 'conflict', detail: 'Something of that name is there.' }),
    },
  })
  expect(problemWords(refused)).toBe('Something of that name is there.')
  for (const originalResponse of [null, { getBody: () => '<html>' }])
    expect(problemWords(Object.assign(new Error('x'), { originalResponse }))).toContain('Choose the file again')
})

it('goes on only with a file of the same size', () => {
  const upload = { path: 'iso/debian.iso', bytes: 4096 }
  expect(whyNotSame({ name: 'debian.iso', size: 4096 }, upload)).toBeNull()
  expect(whyNotSame({ name: 'other.iso', size: 8192 }, upload)).toBe(
    'other.iso has 8.00 KiB, and iso/debian.iso was to have 4.00 KiB: it is another file.',
  )
})

it('never says that all is there before it is', () => {
  expect([sentWords(0, 0), sentWords(999, 1000), sentWords(1000, 1000)]).toEqual([
    '100 % of 0 B',
    '99 % of 1000 B',
    '100 % of 1000 B',
  ])
})

it('sends again what can work, and tells at once of a name that is taken or a disk that is full', () => {
  expect(helpsAgain('PATCH', 409)).toBe(true)
  expect([0, 429, 500, 503].map((status) => helpsAgain('POST', status))).toEqual([true, true, true, true])
  expect([400, 403, 409, 413, 507].map((status) => helpsAgain('POST', status))).toEqual(Array(5).fill(false))
})
