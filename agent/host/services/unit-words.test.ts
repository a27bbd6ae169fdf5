import { describe, expect, it } from 'vitest'
import { quoteUnitWord, renderEnvironment } from './unit-words'

describe('words of a unit', () => {
  it.each(['a\nExecStartPre=/bin/sh', 'a\rb', 'a\0b', '\u007f'])('refuses %j', (word) => {
    expect(() => quoteUnitWord(word)).toThrow('control characters')
  })

  it('quotes environment values, and refuses names and line breaks', () => {
    expect(renderEnvironment({ A_KEY: 'x"y\\z$`' })).toBe('A_KEY="x\\"y\\\\z\\$\\`"\n')
    expect(() => renderEnvironment({ 'LD_PRELOAD=x\nB': 'y' })).toThrow()
    expect(() => renderEnvironment({ A: 'x\nB=y' })).toThrow()
  })
})
