import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFstab } from './fstab'

const SECRET = 'fake-secret-of-a-test'

/** Where people have been seen to write a secret. */
const LINES: ((secret: string) => string)[] = [
  (secret) => `//nas/a /mnt/a cifs username=bob,password=${secret},uid=1000 0 0`,
  (secret) => `//nas/a /mnt/a cifs user=bob%${secret},vers=3.0 0 0`,
  (secret) => `//nas/a /mnt/a cifs "username=bob,pass=${secret}",ro 0 0`,
  (secret) => `//nas/a /mnt/a cifs password2=${secret},user=bob`,
  (secret) => `//bob:${secret}@nas/a /mnt/a cifs guest 0 0`,
  (secret) => `//nas/a /mnt/a cifs guest 0 0 # was: password=${secret}`,
  (secret) => `//nas/a /mnt/a cifs guest 0 0 password=${secret}`,
  (secret) => `//nas/a /mnt/a cifs username=bob, password=${secret} 0 0`,
  (secret) => `#//nas/a /mnt/a cifs password=${secret}`,
  (secret) => `nas:/a /mnt/a nfs rw,comment=${secret} 0 0`,
  (secret) => `nas:/a /mnt/a nfs ro,x-note=${secret} 0 0`,
  (secret) => `mon1,mon2:/ /mnt/c ceph name=admin,secret=${secret},noatime 0 0`,
  (secret) => `u:${secret}@h.example:/srv /mnt/s fuse.sshfs reconnect 0 0`,
  (secret) => `sshfs#u:${secret}@h.example:/srv /mnt/s fuse port=22 0 0`,
  (secret) => `curlftpfs#ftp.example /mnt/f fuse user=bob:${secret},allow_other 0 0`,
  (secret) => `u@h:/srv /mnt/s fuse.sshfs ssh_command=sshpass\\040-p\\040${secret}\\040ssh 0 0`,
  (secret) => `https://u:${secret}@dav.example/a /mnt/d davfs uid=1000 0 0`,
  (secret) => `https://dav.example/a?token=${secret} /mnt/d davfs uid=1000 0 0`,
  (secret) => `:s3,secret_access_key=${secret}:films /mnt/r rclone ro 0 0`,
  (secret) => `s3:films /mnt/r fuse.rclone env.RCLONE_CONFIG_PASS=${secret},ro 0 0`,
  (secret) => `//nas/a,username=bob,password=${secret} /mnt/a cifs guest 0 0`,
  (secret) => `//nas/a?password=${secret} /mnt/a cifs guest 0 0`,
  (secret) => `//nas/a /mnt/a,password=${secret} cifs guest 0 0`,
  (secret) => `nas:/a,password=${secret} /mnt/a nfs ro 0 0`,
  (secret) => `//nas/a /mnt/a cifs credentials=/root/.smb;password=${secret} 0 0`,
  (secret) => `//nas/a /mnt/a cifs user=bob,sec=${secret},vers=3.0 0 0`,
  (secret) => `/srv/a /mnt/b none bind,note=${secret} 0 0`,
]

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
    ['a space in its source', 'nas:/my films /mnt/x nfs defaults 0 0', 'must be numbers'],
    ['a comment for a number', 'nas:/x /mnt/x nfs defaults # the NAS', 'a line of its own'],
    ['an option for a type', '//nas/x /mnt/x password=canary cifs 0 0', 'third field'],
    ['a number that is none', 'nas:/x /mnt/x nfs rw 0 yes', 'must be numbers'],
    ['options in its place', '//nas/x /mnt/x,username=x,password=canary cifs', 'belong into the fourth'],
    ['a relative place', 'nas:/x mnt nfs', 'not an absolute path'],
    ['options after a space', '//nas/x /mnt/x cifs username=x, password=canary, 0 0', 'must be numbers'],
    ['a control character', 'nas:/x /mnt/\u0007x nfs', 'control character'],
    ['an endless line', `nas:/x /mnt/x nfs ${'x'.repeat(5000)}`, 'longer than'],
  ])('names the line with %s and goes on', (_case, line, message) => {
    const { entries, problems } = parseFstab(`# first\n${line}\nnas:/y /mnt/y nfs\n`)
    expect(problems).toEqual([{ line: 2, message: expect.stringContaining(message) }])
    expect(entries.map((entry) => entry.line)).toEqual([3])
  })

  it('reads six fields as libmount does, and says where there are more', () => {
    const { entries, problems } = parseFstab(
      'nas:/a /mnt/d nfs vers=4.1 0 0 nofail\nnas:/b /mnt//e/./f/ nfs ro -1 +2\r\n',
    )
    expect(entries.map(({ text, mountPoint }) => [text, mountPoint])).toEqual([
      ['nas:/a /mnt/d nfs vers=4.1 0 0', '/mnt/d'],
      ['nas:/b /mnt//e/./f/ nfs ro -1 +2', '/mnt/e/f'],
    ])
    expect(problems).toEqual([{ line: 1, message: expect.stringContaining('more than six fields') }])
  })

  it.each(['nas:/a /mnt/a nfs # S3cretPw', 'nas:/a /mnt/a nfs ro #x', 'nas:/a /mnt/a nfs ro 0 # S3cretPw 1'])(
    'says of a comment that is too early that it needs a line of its own: %s',
    (line) => {
      expect(parseFstab(line)).toEqual({
        entries: [],
        problems: [{ line: 1, message: expect.stringContaining('a line of its own') }],
      })
    },
  )

  it('takes a type that is left to mount(8) as that does', () => {
    const { entries } = parseFstab('//nas/x /mnt/x auto\nnas:/y /mnt/y auto\nLABEL=z /mnt/z auto')
    expect(entries.map(({ fsType }) => fsType)).toEqual(['cifs', 'nfs', 'auto'])
  })

  it('reports what is broken over lines without repeating it', () => {
    const text = [
      '//192.0.2.200/prod /home/t/prod',
      'cifs  username=x, password=canary-one,',
      'vers=3.0,file_mode=0777 0 0',
      '//nas/s /mnt/s cifs username=bob,credentials=/x 0 0 # old: password=canary-two',
    ].join('\n')
    const read = parseFstab(text)
    expect(read.problems.map(({ line }) => line)).toEqual([1, 2, 3])
    expect(read.entries.map(({ text }) => text)).toEqual(['//nas/s /mnt/s cifs username=bob,credentials=/x 0 0'])
    expect(JSON.stringify(read)).not.toContain('canary')
  })

  it('lets no secret out, whatever is in it and wherever it stands', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9]{4,9}$/).map((text) => `q${text}`)
    const secret = fc
      .array(
        fc.tuple(part, fc.constantFrom(',', '"', '\\040', '#', '\\054', '=', '%', '@', '/', ':', ';', '\\', ' ')),
        {
          minLength: 1,
          maxLength: 4,
        },
      )
      .map((parts) =>
        parts
          .map((pair) => pair.join(''))
          .join('')
          .replace(/^[/]/, ''),
      )
    const line = fc
      .tuple(secret, fc.nat(LINES.length - 1))
      .map(([text, at]) => ({ text, line: LINES[at]?.(text) ?? '' }))
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
        const told = JSON.stringify(parseFstab(lines.map((one) => one.line).join('\n')))
        for (const { text } of lines)
          for (const [hidden] of text.matchAll(/q[A-Za-z0-9]{4,9}/g)) expect(told).not.toContain(hidden)
      }),
      { numRuns: 3000 },
    )
  })

  it('hides secrets in options of every kind', () => {
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
