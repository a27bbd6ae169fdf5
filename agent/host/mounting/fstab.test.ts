import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFstab } from './fstab'

const SECRET = 'fake-secret-of-a-test'

describe('parseFstab', () => {
  it('reads entries with tabs, escapes, comments and left-out fields', () => {
    const text = [
      '# /etc/fstab',
      'UUID=1234 / ext4 errors=remount-ro 0 1',
      'nas:/export/my\\040films\t/mnt/my\\040films\tnfs4\trw,soft,timeo=50',
      '//nas/media /mnt/media/ cifs credentials=/root/.smb,uid=1000 0 0 # the NAS',
      '/srv/data /mnt/data none bind',
    ].join('\n')
    const { entries, problems } = parseFstab(text)
    expect(problems).toEqual([])
    expect(entries).toMatchObject([
      { line: 2, mountPoint: '/' },
      {
        line: 3,
        source: 'nas:/export/my films',
        mountPoint: '/mnt/my films',
        fsType: 'nfs4',
        options: ['rw', 'soft', 'timeo=50'],
      },
      { line: 4, mountPoint: '/mnt/media', options: ['credentials=/root/.smb', 'uid=1000'] },
      { line: 5, fsType: 'none', options: ['bind'] },
    ])
  })

  it.each([
    ['too few fields', 'nas:/x /mnt/x', 'fewer than three'],
    ['too many fields', 'nas:/my films /mnt/x nfs defaults 0 0', 'more than six fields'],
    ['a number that is none', 'nas:/x /mnt/x nfs rw 0 yes', 'must be numbers'],
    ['a relative place', 'nas:/x mnt nfs', 'not an absolute path'],
    ['a control character', 'nas:/x /mnt/\u0007x nfs', 'control character'],
    ['an endless line', `nas:/x /mnt/x nfs ${'x'.repeat(5000)}`, 'longer than'],
  ])('names the line with %s and goes on', (_case, line, message) => {
    const { entries, problems } = parseFstab(`# first\n${line}\nnas:/y /mnt/y nfs\n`)
    expect(problems).toEqual([{ line: 2, message: expect.stringContaining(message) }])
    expect(entries.map((entry) => entry.line)).toEqual([3])
  })

  it('lets no secret out', () => {
    const text = [
      `//nas/a /mnt/a cifs username=bob,password=${SECRET}`,
      `//nas/b /mnt/b cifs user=bob%${SECRET},pass=${SECRET}`,
      `s3:media /mnt/c fuse.rclone s3_secret_access_key=${SECRET},env.RCLONE_CONFIG_PASS=${SECRET}`,
    ].join('\n')
    const read = parseFstab(text)
    expect(read.entries).toHaveLength(3)
    expect(read.entries[0]?.text).toBe('//nas/a /mnt/a cifs username=bob,password=***')
    expect(JSON.stringify(read)).not.toContain(SECRET)
  })

  it('never throws, whatever is in the file', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `a /b ${text}`),
    )
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.join('\n')
        const { entries, problems } = parseFstab(text)
        const count = text.split('\n').length
        for (const found of [...entries, ...problems]) expect(found.line >= 1 && found.line <= count).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
