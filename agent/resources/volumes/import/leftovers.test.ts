import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testId } from '@/testing/ids'
import { clearImports, stagingOf } from './leftovers'

test('what nobody waits for any more is taken away, and nothing else', () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-imports-'))
  const [wanted, lost] = [testId('operation', 'wanted'), testId('operation', 'lost')]
  for (const name of [stagingOf(wanted), stagingOf(lost), 'other']) mkdirSync(join(directory, name))
  writeFileSync(join(directory, stagingOf(lost), 'part'), '')
  clearImports(directory, [{ operationId: wanted }])
  expect(readdirSync(directory).sort()).toEqual([stagingOf(wanted), 'other'].sort())
  clearImports(join(directory, 'not-there'), [])
  rmSync(directory, { recursive: true })
})
