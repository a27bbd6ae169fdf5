import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_RCLONE_CONFIG_LENGTH, parseRcloneConfig } from '@/lib/drivers/mounting/rclone-config'
import { parseRcloneDump } from '@/lib/drivers/mounting/rclone-dump'
import { readRemotes } from '@/lib/imports/rclone-remotes'

const SECRET = 'fake-secret-of-a-test'
const S3 = ['type = s3', 'provider = Minio', 'endpoint = https://s3.example.com', 'access_key_id = fake-key']

function section(name: string, lines: string[]): string {
  return [`[${name}]`, ...lines, ''].join('\n')
}

function settingsOf(text: string): Record<string, string> {
  const [first] = parseRcloneConfig(text).sections
  return Object.fromEntries([...(first?.settings ?? [])].map(([key, { value }]) => [key, value]))
}

describe('parseRcloneConfig', () => {
  it('reads sections, comments, both separators, quotes, a byte order mark and every line end', () => {
    const text = '\uFEFF# a comment\r\n; another\r\n\r\n[ media ]\r\n type = s3\r\nregion: eu\rendpoint=\n'
    expect(parseRcloneConfig(text)).toMatchObject({
      problems: [],
      sections: [{ line: 4, name: 'media', problems: [] }],
    })
    expect(settingsOf(text)).toEqual({ type: 's3', region: 'eu', endpoint: '' })
    expect(settingsOf('[a]\n"b = c" = 1\n`d` : 2\n"""e""" = 3\nf = "g"\nh = 50%(\ni = a ; b # c')).toEqual({
      'b = c': '1',
      d: '2',
      e: '3',
      f: '"g"',
      h: '50%(',
      i: 'a ; b # c',
    })
    expect(settingsOf('[a]\na = `b = c`\nd = """ e """\nf = # not a comment')).toEqual({
      a: 'b = c',
      d: ' e ',
      f: '# not a comment',
    })
  })

  it.each([
    ['no separator', 'nonsense', 'neither a section'],
    ['no name', '= value', 'no name before'],
    ['an open quote', 'key = `open', 'opened and not closed'],
    ['an open quote around the name', '"key = x', 'opened and not closed'],
    ['a name in quotes alone', '"key"', 'neither a section'],
    ['a continued line', 'key = value\\', 'joins it with the next line'],
    ['a reference', 'key = %(other)s', 'refers to another setting'],
    ['a NUL', 'key = a\0b', 'control character'],
    ['an escape sequence', 'key = \u001b[31m', 'control character'],
    ['an endless line', `key = ${'x'.repeat(9000)}`, 'longer than'],
  ])('names the line with %s, keeps the rest, and repeats nothing of it', (_case, line, message) => {
    const { sections, problems } = parseRcloneConfig(`[a]\n${line}\nregion = eu\n`)
    expect(problems).toEqual([])
    expect(sections[0]?.problems).toEqual([{ line: 2, message: expect.stringContaining(message) }])
    expect(settingsOf(`[a]\n${line}\nregion = eu\n`)).toEqual({ region: 'eu' })
  })

  it('reports what stands outside of sections, and drops what follows a broken section line', () => {
    const { sections, problems } = parseRcloneConfig(
      `lost = 1\n[broken\nsecret_access_key = ${SECRET}\n[]\nx=1\n[good]\ny=2`,
    )
    expect(sections.map(({ name, line, settings }) => [name, line, settings.size])).toEqual([['good', 6, 1]])
    expect(problems.map(({ line }) => line)).toEqual([1, 2, 4])
    expect(JSON.stringify(problems)).not.toContain(SECRET)
  })

  it('takes the later of two values, as rclone does, and says so', () => {
    expect(settingsOf('[a]\nregion = x\nregion = y')).toEqual({ region: 'y' })
    const [found] = parseRcloneConfig('[a]\nregion = x\nregion = y').sections
    expect(found?.problems).toEqual([{ line: 3, key: 'region', message: expect.stringContaining('line 2') }])
  })

  it('gives [name.part] what [name] says, as rclone does', () => {
    const text = '[a]\ntype = s3\nregion = x\n[a.b]\nregion = y\n[a.b.c]\nendpoint = z\n[none.d]\nq = 1\n'
    const { sections } = parseRcloneConfig(text)
    const said = sections.map(({ name, settings }) => [
      name,
      Object.fromEntries([...settings].map(([key, { value, line }]) => [key, `${value} ${line}`])),
    ])
    expect(said).toEqual([
      ['a', { type: 's3 2', region: 'x 3' }],
      ['a.b', { type: 's3 2', region: 'y 5' }],
      ['a.b.c', { type: 's3 2', region: 'y 5', endpoint: 'z 7' }],
      ['none.d', { q: '1 9' }],
    ])
  })

  it('reads what rclone config dump prints like the file', () => {
    const settings = { type: 's3', provider: 'Minio', endpoint: 'http://192.0.2.4:9000' }
    const dump = {
      'm 1': { ...settings, access_key_id: 'FAKE', secret_access_key: SECRET },
      a: { type: 'alias', remote: 'm 1:films' },
    }
    const { remotes, problems } = readRemotes(JSON.stringify(dump, null, 4))
    expect(problems).toEqual([])
    expect(remotes).toMatchObject([
      { kind: 'storage', line: 2, name: 'm 1', buckets: ['films'], settings: { secret_access_key: SECRET } },
      { kind: 'other', line: 9, name: 'a' },
    ])
    expect(parseRcloneDump(JSON.stringify(dump, null, 4))?.sections[0]?.settings.get('endpoint')?.line).toBe(5)
    expect(parseRcloneDump('{"a": {"no": "type"}}')).toBeNull()
  })

  it('refuses an encrypted file with advice, and a huge one', () => {
    const encrypted = parseRcloneConfig('# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nabcd')
    expect(encrypted).toMatchObject({
      isRefused: true,
      sections: [],
      problems: [{ line: 3, message: expect.stringContaining('rclone config show') }],
    })
    expect(parseRcloneConfig('x'.repeat(MAX_RCLONE_CONFIG_LENGTH + 1))).toMatchObject({ isRefused: true })
    expect(parseRcloneConfig('\n'.repeat(60_000))).toMatchObject({ isRefused: true })
  })
})

const hostileLine = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '[a]',
    '[b',
    '[]',
    ']',
    'type = s3',
    'type=alias',
    'remote = a:bucket',
    'ssh = x',
    '__proto__ = 1',
    '\\',
  ),
  fc
    .tuple(fc.string(), fc.constantFrom('=', ':', ' = '), fc.string({ unit: 'grapheme' }))
    .map((parts) => parts.join('')),
)
const hostileText = fc.array(hostileLine, { maxLength: 40 }).map((lines) => lines.join('\n'))

describe('any text', () => {
  it('is read without an exception, and every report names a line of it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 2000 }), hostileText), (text) => {
        const { remotes, problems } = readRemotes(text)
        const lines = text.split(/\r\n|\n|\r/).length
        const all = [...problems, ...remotes, ...remotes.flatMap((remote) => remote.problems)]
        for (const { line } of all) expect(line >= 1 && line <= lines).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('is never repeated in what is reported about it', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            '[a]',
            `[a`,
            ...S3,
            `secret_access_key = ${SECRET}`,
            `${SECRET}== = x`,
            SECRET,
            `x = \`${SECRET}`,
          ),
          {
            maxLength: 20,
          },
        ),
        (lines) => {
          const { remotes, problems } = readRemotes(lines.join('\n'))
          const said = remotes.map((found) => (found.kind === 'storage' ? { ...found, settings: null } : found))
          expect(JSON.stringify([said, problems])).not.toContain(SECRET)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('readRemotes', () => {
  const one = (lines: string[]) => {
    const [found] = readRemotes(section('media', lines)).remotes
    if (!found) throw new Error('no remote')
    return found
  }
  const whole = [...S3, `secret_access_key = ${SECRET}`]

  it('takes an S3 remote, and says what it left out', () => {
    expect(one([...whole, 'force_path_style = false', 'storage_class = GLACIER'])).toMatchObject({
      kind: 'storage',
      driver: 's3',
      line: 1,
      problems: [{ line: 8, key: 'storage_class' }],
      settings: {
        provider: 'Minio',
        endpoint: 'https://s3.example.com',
        path_style: false,
        access_key_id: 'fake-key',
        secret_access_key: SECRET,
      },
    })
  })

  it('addresses buckets as rclone would: by host name at Amazon, by path elsewhere', () => {
    const amazon = one([
      'type = s3',
      'provider = AWS',
      'region = eu-west-1',
      'access_key_id = a',
      'secret_access_key = b',
    ])
    expect(amazon).toMatchObject({
      kind: 'storage',
      settings: { provider: 'AWS', region: 'eu-west-1', path_style: false },
    })
    expect(one(whole)).toMatchObject({ settings: { path_style: true } })
    expect(one(whole.map((line) => line.replace('Minio', 'Linode')))).toMatchObject({ settings: { provider: 'Other' } })
  })

  it.each([
    ['a program', ['bearer_token_command = /bin/sh'], '"bearer_token_command" (line 7) would start a program'],
    ['ssh', ['ssh = ssh -o ProxyCommand=x'], '"ssh" (line 7) would start'],
    ['a profile', ['profile = root'], 'would start a program or read a file'],
    ['a connection string', ['endpoint = :sftp,ssh="x":'], 'connection string'],
    ['another connection string', ['description = media,env_auth=true:'], 'connection string'],
    [
      'credentials of the host',
      ['env_auth = true', 'access_key_id =', 'secret_access_key ='],
      '"env_auth" (line 7) takes the keys from wherever rclone runs',
    ],
    ['temporary keys', ['session_token = abc'], 'temporary keys'],
    ['an address with keys', ['endpoint = https://key:word@s3.example.com'], 'Keys do not belong into the endpoint'],
    ['a key that is none', ['secret_access_key = a b'], '"secret_access_key" (line 7): A key has no spaces'],
    ['no secret', ['secret_access_key ='], '"secret_access_key" is missing'],
    ['a metadata address', ['endpoint = http://169.254.169.254'], 'reserved'],
  ])('refuses a remote with %s', (_case, lines, reason) => {
    expect(one([...whole, ...lines])).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) })
  })

  it('refuses an S3 remote without an endpoint, and one without a type', () => {
    const lines = ['type = s3', 'provider = Minio', 'access_key_id = a', 'secret_access_key = b']
    expect(one(lines)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('endpoint') })
    expect(one(['region = eu'])).toMatchObject({ kind: 'refused', reason: expect.stringContaining('no "type"') })
  })

  it('lists other types with the reason, and takes buckets from aliases', () => {
    const text = [
      section('media', whole),
      section('films', ['type = alias', 'remote = media:films/2020']),
      section('home', ['type = sftp', 'host = nas']),
      section('vault', ['type = crypt', 'remote = media:vault']),
    ].join('\n')
    expect(readRemotes(text).remotes).toMatchObject([
      { kind: 'storage', buckets: ['films'] },
      { kind: 'other', line: 8, reason: expect.stringContaining('alias') },
      { kind: 'other', line: 12, reason: expect.stringContaining('"sftp" is not an S3 remote') },
      { kind: 'other', line: 16, reason: expect.stringContaining('crypt') },
    ])
  })

  it('sees the same section twice: once if they agree, not at all if they do not', () => {
    const same = readRemotes(section('media', whole) + section('media', whole)).remotes
    expect(same).toMatchObject([
      { kind: 'storage' },
      { kind: 'other', line: 7, reason: expect.stringContaining('line 1') },
    ])
    const differ = readRemotes(section('media', whole) + section('media', [...whole, 'region = eu'])).remotes
    expect(differ).toMatchObject([{ kind: 'refused' }, { kind: 'refused', reason: expect.stringContaining('1, 7') }])
  })

  it('reads a thousand remotes', () => {
    const text = Array.from({ length: 1000 }, (_, index) => section(`remote ${index}`, whole)).join('\n')
    const { remotes } = readRemotes(text)
    expect(remotes.filter((remote) => remote.kind === 'storage')).toHaveLength(1000)
  })
})
