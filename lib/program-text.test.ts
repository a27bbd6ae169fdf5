import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { programText } from './program-text'

function double(count: number): number {
  return count * 2
}

function print(given: { count: number; text: string }, change: (count: number) => number): void {
  process.stdout.write(`${given.text} ${change(double(given.count))}`)
}

const run = (text: string) => execFileSync(process.execPath, ['-e', text], { encoding: 'utf8' })

it('is a program of its own, with its parts and arguments', () => {
  const text = programText(print, [{ count: 2, text: 'is "it"\n' }, double], [double])
  expect(run(text)).toBe('is "it"\n 8')
})
