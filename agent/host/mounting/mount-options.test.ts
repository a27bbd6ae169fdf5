import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkMountRequest, renderOptions } from './mount-options'

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

describe('renderOptions', () => {
  it('ends with ro or rw and nosuid,nodev, whatever it is given', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 5 }), fc.boolean(), (options, readOnly) => {
        let text: string
        try {
          text = renderOptions({ options, readOnly })
        } catch {
          return
        }
        const parts = text.split(',')
        expect(parts.slice(-3)).toEqual([readOnly ? 'ro' : 'rw', 'nosuid', 'nodev'])
        expect(parts.length).toBeLessThanOrEqual(options.length + 3)
        for (const part of parts.slice(0, -3)) {
          expect(options).toContain(part)
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
    'helper=/x',
    'X-mount.mkdir',
    'password=x',
    'a,b',
    'a=b,suid',
    'a=b c',
    '-o',
    '',
    'a=',
  ])('refuses %j by name', (option) => {
    expect(() => renderOptions({ options: [option], readOnly: false })).toThrow('not accepted')
  })

  it('renders what drivers use', () => {
    expect(renderOptions({ options: ['vers=4.2', 'hard', 'retry=0'], readOnly: true })).toBe(
      'vers=4.2,hard,retry=0,ro,nosuid,nodev',
    )
  })
})

describe('checkMountRequest', () => {
  it.each([
    ['-o suid', 'nfs'],
    ['nas:/a\nb', 'nfs'],
    ['', 'nfs'],
    ['nas:/a', 'fuse.sshfs'],
    ['nas:/a', 'nfs -o suid'],
  ])('refuses source %j of type %j', (source, fsType) => {
    const request = { source, fsType, target: '/mnt/a', options: [], readOnly: false }
    expect(() => checkMountRequest(request)).toThrow()
  })
})
