import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mountArguments } from '@/lib/drivers/mounting/commands'
import { optionOf, optionWord } from '@/lib/drivers/options/mount-options'
import { checkMountRequest, type MountFileSystem } from './mount-options'

const REQUEST: MountFileSystem = {
  kind: 'kernel',
  fsType: 'nfs',
  source: 'nas:/a',
  target: '/mnt/a',
  options: [],
  readOnly: false,
}

/** The option text of a request that is carried out. */
function rendered(request: MountFileSystem): string {
  checkMountRequest(request)
  return mountArguments(request)[4] ?? ''
}

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    'suid',
    'dev',
    'exec',
    'ro',
    'rw',
    'a,suid',
    'X-mount.mkdir',
    'x-systemd.automount',
    'vers=4.2,suid',
    'user',
  ),
  fc
    .tuple(fc.constantFrom('vers', 'rsize', 'sec'), fc.string({ maxLength: 12 }))
    .map(([key, value]) => `${key}=${value}`),
)
const option = fc.oneof(
  anything.map(optionOf),
  anything.map((name) => ({ name })),
  fc.tuple(anything, anything).map(([name, value]) => ({ name, value })),
)

describe('the options of a request', () => {
  it('end with ro or rw and nosuid,nodev, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.array(option, { maxLength: 5 }), fc.boolean(), (options, readOnly) => {
        let text: string
        try {
          text = rendered({ ...REQUEST, options, readOnly })
        } catch {
          return
        }
        const parts = text.split(',')
        expect(parts.slice(-3)).toEqual([readOnly ? 'ro' : 'rw', 'nosuid', 'nodev'])
        expect(parts).toHaveLength(options.length + 3)
        for (const part of parts.slice(0, -3)) {
          expect(options.map(optionWord)).toContain(part)
          expect(part).toMatch(/^[A-Za-z]/)
          expect(['suid', 'dev', 'exec', 'user', 'ro', 'rw']).not.toContain(part)
          expect(part.toLowerCase()).not.toMatch(/^x-/)
        }
      }),
      { numRuns: 20_000 },
    )
  })

  it.each([
    'suid',
    'dev',
    'user',
    'exec',
    'ro',
    'bind',
    'helper=/x',
    'X-mount.mkdir',
    'password=x',
    'a,b',
    'a=b,suid',
    'a=b c',
    '-o',
    '',
    'a=',
  ])('are refused by name: %j', (word) => {
    expect(() => checkMountRequest({ ...REQUEST, options: [optionOf(word)] })).toThrow('not accepted')
    expect(() => checkMountRequest({ ...REQUEST, options: [{ name: word }] })).toThrow('not accepted')
  })

  it('are those that drivers use', () => {
    const options = [{ name: 'vers', value: '4.2' }, { name: 'hard' }, { name: 'retry', value: '0' }]
    expect(rendered({ ...REQUEST, options, readOnly: true })).toBe('vers=4.2,hard,retry=0,ro,nosuid,nodev')
  })
})

describe('checkMountRequest', () => {
  it.each([
    ['-o suid', 'nfs'],
    ['nas:/a\nb', 'nfs'],
    ['', 'nfs'],
    ['nas:/a', 'fuse.sshfs'],
    ['nas:/a', 'none'],
    ['nas:/a', 'nfs -o suid'],
  ])('refuses source %j of type %j', (source, fsType) => {
    expect(() => checkMountRequest({ ...REQUEST, source, fsType })).toThrow()
  })
})
