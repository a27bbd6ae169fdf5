import { expect, it } from 'vitest'
import { draftText, restoredFrom } from '@/components/forms/draft'

const FRESH = { name: '', config: { server: '', port: '2049', password: '', tls: false } }
const SECRETS = ['password']

it('brings back what was entered, over the defaults of the form', () => {
  const text = draftText({ name: 'nas', config: { ...FRESH.config, server: 'nas.example.net' } }, SECRETS)
  expect(restoredFrom(text, FRESH, SECRETS)).toEqual({
    name: 'nas',
    config: { ...FRESH.config, server: 'nas.example.net' },
  })
})

it('keeps no secret', () => {
  const text = draftText({ name: 'nas', config: { ...FRESH.config, password: 'hunter2' } }, SECRETS)
  expect(text).not.toContain('hunter2')
})

it('says nothing of a form in which nothing was entered', () => {
  expect(restoredFrom(null, FRESH, SECRETS)).toBeNull()
  expect(restoredFrom(draftText(FRESH, SECRETS), FRESH, SECRETS)).toBeNull()
})
