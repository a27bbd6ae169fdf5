import { expect, it } from 'vitest'
import { allTexts, excessOf, withFiles } from '@/components/backends/import-texts'

it('adds files once, and says which cannot be taken', async () => {
  const cfg = new File(['nfs: nas\n'], 'storage.cfg')
  const once = await withFiles([], [cfg, new File([' \n'], 'empty.yml'), new File(['x'.repeat(1_000_001)], 'disk.img')])
  expect(once).toEqual({
    files: [{ name: 'storage.cfg', content: 'nfs: nas\n' }],
    problem: 'empty.yml is empty. disk.img is too large to be one of these.',
  })
  const twice = await withFiles(once.files, [cfg, new File(['nfs: other\n'], 'storage.cfg')])
  expect(twice).toMatchObject({
    files: [{ name: 'storage.cfg' }, { name: 'storage.cfg (2)', content: 'nfs: other\n' }],
    problem: undefined,
  })
})

it('sends what was pasted as one more, within the limits of the API', () => {
  const file = { name: 'a', content: 'b' }
  expect(allTexts([file], ' \n')).toEqual([file])
  expect(allTexts([file], 'c')).toEqual([file, { name: 'pasted text', content: 'c' }])
  expect(excessOf(Array.from({ length: 20 }, () => file))).toBeUndefined()
  expect(excessOf(Array.from({ length: 21 }, () => file))).toContain('At most 20 texts')
  const half = { name: 'a', content: 'x'.repeat(500_000) }
  expect(excessOf([half, half])).toBeUndefined()
  expect(excessOf([half, half, file])).toContain('1,000,000 characters')
})
