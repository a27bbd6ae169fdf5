import { describe, expect, test } from 'vitest'
import { formSpecOf } from '@/components/forms/driver-rules'
import { initialValues } from '@/components/forms/driver-values'
import { secretsAgain, secretsAgainOnHost, secretsToClear } from '@/components/forms/secrets-again'
import { parseBackendInput } from '@/lib/drivers/input'
import { driverById } from '@/lib/drivers/registry'

const cifs = driverById('cifs')
const { config } = parseBackendInput('cifs', { server: 'nas-a', share_name: 'media', username: 'reader' })
const SET = { password: { has_secret: true, updated_at: '2026-01-01T00:00:00Z' } }
const UNSET = { password: { has_secret: false, updated_at: null } }
const values = (over: Record<string, string | boolean> = {}) => ({
  ...initialValues(formSpecOf(cifs), config),
  ...over,
})

describe('a stored secret in the form', () => {
  test('is asked for again when it would go elsewhere, with what changed', () => {
    expect(secretsAgain(cifs, values({ uid: '7', username: 'writer' }), config, SET).size).toBe(0)
    const again = secretsAgain(cifs, values({ server: 'nas-b' }), config, SET)
    expect([...again]).toEqual([
      ['password', expect.stringContaining('Enter it again, since Server changed from nas-a to nas-b.')],
    ])
    expect(secretsAgain(cifs, values({ server: 'nas-b', password: 'typed' }), config, SET).size).toBe(0)
    expect(secretsAgain(cifs, values({ server: 'nas-b' }), config, UNSET).size).toBe(0)
    expect(secretsAgain(cifs, values({ server: 'nas-b' }), undefined, SET).size).toBe(0)
  })

  test('is asked for again also while something else in the form is wrong', () => {
    expect(secretsAgain(cifs, values({ server: 'nas-b', uid: 'x' }), config, SET).has('password')).toBe(true)
  })

  test('is cleared when nothing asks for it any more and it would go elsewhere', () => {
    const guest = values({ server: 'nas-b', auth: 'guest' })
    expect(secretsAgain(cifs, guest, config, SET).size).toBe(0)
    expect(secretsToClear(cifs, guest, config, SET)).toEqual({ password: null })
    expect(secretsToClear(cifs, values({ auth: 'guest' }), config, SET)).toEqual({})
    expect(secretsToClear(cifs, values({ server: 'nas-b' }), config, SET)).toEqual({})
  })

  test('is asked for on a host with another address, until that is the address it has', () => {
    const backend = { config, secrets: SET }
    const fields = (here: object, before: object = {}) => [
      ...secretsAgainOnHost(cifs, backend, { here: { ...here }, before: { ...before } }).keys(),
    ]
    expect(fields({ server: 'nas-b' })).toEqual(['password'])
    expect(fields({ server: 'nas-b', uid: 7 }, { server: 'nas-b' })).toEqual([])
    expect(fields({ server: 'nas-c' }, { server: 'nas-b' })).toEqual(['password'])
    expect(fields({ uid: 7 })).toEqual([])
    expect(fields({}, { server: 'nas-b' })).toEqual([])
  })
})
