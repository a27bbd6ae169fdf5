import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { controllerIdentity } from '@/lib/agent-protocol/enrollment'
import { CLIENT_AUTH, controllerWishes, createTestAuthority, TEST_INSTALLATION } from '@/testing/certificates'

test('test certificates are real: signed by their CA, with the names, usages and dates that were asked for', async () => {
  const authority = await createTestAuthority()
  const issued = await authority.issue(controllerWishes())
  const ca = new X509Certificate(authority.certificate)
  const leaf = new X509Certificate(issued.certificate)
  expect(ca.ca).toBe(true)
  expect(leaf.ca).toBe(false)
  expect(leaf.checkIssued(ca) && leaf.verify(ca.publicKey)).toBe(true)
  expect(leaf.subjectAltName).toBe(`URI:${controllerIdentity(TEST_INSTALLATION)}`)
  expect(leaf.keyUsage).toEqual([CLIENT_AUTH])
  const other = await createTestAuthority()
  expect(leaf.verify(new X509Certificate(other.certificate).publicKey)).toBe(false)
})
