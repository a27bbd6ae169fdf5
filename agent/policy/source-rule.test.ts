import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createPolicy, parsePolicy } from '@/agent/policy/policy'
import { HoldfastError } from '@/lib/errors'

const FILE = '/etc/holdfast/agent.json'

function refusal(path: string, document: unknown = {}, own: string[] = []): HoldfastError | null {
  try {
    createPolicy(parsePolicy(JSON.stringify(document), FILE), own, FILE).sources.check(path)
    return null
  } catch (error) {
    if (error instanceof HoldfastError) return error
    throw error
  }
}

const VAR = { sourceRoots: ['/var', '/srv'] }

describe('directories that may be bound elsewhere', () => {
  const cases: [string, unknown, boolean][] = [
    ['/srv/media', {}, true],
    ['/srv', {}, true],
    ['/home/ann/files', {}, true],
    ['/mnt/disk', {}, true],
    ['/media/usb', {}, true],
    ['/data/x', {}, true],
    ['/opt/app/files', {}, true],
    ['/srvx', {}, false],
    ['/var/backups', {}, false],
    ['/var/mail', {}, false],
    ['/var/www', {}, false],
    ['/var', {}, false],
    ['/tmp/x', {}, false],
    ['/var/tmp/x', {}, false],
    ['/lost+found', {}, false],
    ['/', {}, false],
    ['/var/www', VAR, true],
    ['/home/ann', VAR, false],
    // Closed whatever the file allows, and so is what is around it.
    ['/var/backups', VAR, false],
    ['/var/mail/root', VAR, false],
    ['/var/log', VAR, false],
    ['/var/lib', VAR, false],
    ['/var/lib/docker/volumes', VAR, false],
    ['/var', VAR, false],
    ['/home/ann/.ssh', {}, false],
    ['/srv/backup/ann/.gnupg/private', {}, false],
    ['/srv/kept', { deny: { sources: ['/srv/kept/this'] } }, false],
    ['/srv/kept/this/x', { deny: { sources: ['/srv/kept/this'] } }, false],
    ['/srv/keptx', { deny: { sources: ['/srv/kept/this'] } }, true],
    ['/srv/media', { sourceRoots: [] }, false],
  ]
  test.each(cases)('%s with %j: %s', (path, document, isAllowed) => {
    expect(refusal(path, document)?.code ?? 'allowed').toBe(isAllowed ? 'allowed' : 'policy_denied')
  })

  test.each(['/srv/holdfast-state', '/srv/holdfast-state/controller', '/srv/holdfast-state/agent/x', '/srv'])(
    'the state of Holdfast is closed below an allowed root: %s',
    (path) => {
      expect(refusal(path, {}, ['/srv/holdfast-state'])?.message).toContain(
        '/srv/holdfast-state, which is never handed out',
      )
      expect(refusal('/srv/holdfast-statex', {}, ['/srv/holdfast-state'])).toBeNull()
    },
  )

  test('a state directory that was given as a link is closed by its real name, from the moment it is there', () => {
    const dir = mkdtempSync(join(tmpdir(), 'holdfast-source-'))
    try {
      const policy = createPolicy(parsePolicy(JSON.stringify({ sourceRoots: ['/srv', dir] }), FILE), [
        join(dir, 'link'),
      ])
      expect(() => policy.sources.check('/srv/real')).not.toThrow()
      symlinkSync('/srv', join(dir, 'link'))
      expect(() => policy.sources.check('/srv/real')).toThrow('never handed out')
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  test('a refusal names the setting, the file and the cure', () => {
    const error = refusal('/var/www')
    expect(error?.message).toContain('/var/www')
    expect(error?.message).toContain(`sourceRoots in ${FILE}`)
    expect(error?.message).toContain('systemctl reload holdfast-agent')
    expect(error?.details).toEqual({ policy: 'sourceRoots' })
  })
})

describe('a directory that a storage daemon keeps its data in', () => {
  const own = ['/srv/holdfast-state']
  const check = (path: string) => createPolicy(parsePolicy('{}', FILE), own, FILE).sources.checkData(path)
  test.each(['/var/lib/wolfdisk', '/srv/wolf', '/opt/wolf/data'])('%s is taken', (path) => {
    expect(() => check(path)).not.toThrow()
  })
  const closed = [
    '/var/lib',
    '/var/lib/dpkg',
    '/var/lib/holdfast/controller',
    '/srv/holdfast-state/agent',
    '/srv',
    '/etc/x',
  ]
  test.each(closed)('%s is refused', (path) => {
    expect(() => check(path)).toThrow(expect.objectContaining({ code: 'policy_denied' }))
  })
  test('and the refusal names the setting', () => {
    expect(() => check('/nvme/wolf')).toThrow(`sourceRoots in ${FILE}`)
  })
})

describe('the file', () => {
  const bad: [string, RegExp][] = [
    ['{"sourceRoots":"/srv"}', /sourceRoots/],
    ['{"sourceRoots":["/"]}', /sourceRoots\[0\]/],
    ['{"sourceRoots":["/srv","/etc"]}', /sourceRoots\[1\].*never handed out/],
    ['{"sourceRoots":["/var/lib/docker/volumes"]}', /sourceRoots\[0\].*never handed out/],
    ['{"sourceRoots":["/srv/../etc"]}', /sourceRoots\[0\]/],
    ['{"sourceRoot":["/srv"]}', /sourceRoot is not a known setting/],
    ['{"deny":{"sources":["srv"]}}', /deny\.sources\[0\]/],
  ]
  test.each(bad)('%s is refused by name', (text, message) => {
    expect(() => parsePolicy(text, FILE)).toThrow(message)
  })
})
