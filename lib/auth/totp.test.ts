import { describe, expect, it } from 'vitest'
import { codeAt, matchingStep, newTotpSecret, otpauthUri, stepOf } from '@/lib/auth/totp'

/** `12345678901234567890` of RFC 6238, appendix B, in base 32; its codes of eight digits end with ours of six. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

describe('one-time codes', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %i s are those of the RFC', (seconds, code) => {
    expect(codeAt(SECRET, stepOf(new Date(seconds * 1000)))).toBe(code)
  })

  it('are taken from one step before to one step after, and only if newer than the last', () => {
    const now = new Date(1_700_000_010_000)
    const step = stepOf(now)
    const matching = (offset: number, after = 0) => matchingStep(SECRET, codeAt(SECRET, step + offset), now, after)
    expect([-2, -1, 0, 1, 2].map((offset) => matching(offset))).toEqual([
      undefined,
      step - 1,
      step,
      step + 1,
      undefined,
    ])
    expect(matching(0, step)).toBeUndefined()
    expect(matching(-1, step)).toBeUndefined()
    expect(matching(1, step)).toBe(step + 1)
    for (const odd of ['', '12345', '1234567', 'abcdef', '١٢٣٤٥٦']) {
      expect(matchingStep(SECRET, odd, now, 0), odd).toBeUndefined()
    }
  })

  it('come from secrets of 160 bits that apps can read', () => {
    const secrets = Array.from({ length: 50 }, newTotpSecret)
    for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(new Set(secrets).size).toBe(50)
    const uri = otpauthUri(SECRET, 'ada@example.org', 'storage.example.org:8443')
    expect(uri).toBe(
      `otpauth://totp/Holdfast%20storage.example.org%3A8443:ada%40example.org?secret=${SECRET}&issuer=Holdfast%20storage.example.org%3A8443`,
    )
  })
})
