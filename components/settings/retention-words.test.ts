import { expect, it } from 'vitest'
import { countedWords, logWords, shortenedWords } from '@/components/settings/retention-words'

it.each([
  [{ kind: 'operations', days: 7, due: 1_234 }, '1,234 operations older than 7 days are deleted within about an hour.'],
  [{ kind: 'mount_history', days: 1, due: 1 }, '1 change older than 1 day is deleted within about an hour.'],
] as const)('%j is said in words', (shortened, words) => {
  expect(shortenedWords(shortened)).toBe(words)
})

it('counts in words', () => {
  expect(countedWords('audit', 1)).toBe('1 entry')
  expect(countedWords('audit', 0)).toBe('0 entries')
  expect(logWords(2_000)).toBe(', 2,000 lines of log')
  expect(logWords(null)).toBe('')
})
