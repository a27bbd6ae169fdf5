import { describe, expect, it } from 'vitest'
import { readRemotes } from '@/lib/imports/rclone-remotes'

const S3 =
  'type = s3\nprovider = Minio\nendpoint = http://192.0.2.4:9000\naccess_key_id = FAKE\nsecret_access_key = fake'

/** `m` is an S3 remote; the others stand behind it. */
function read(others: Record<string, string>) {
  const text = [
    `[m]\n${S3}`,
    ...Object.entries(others).map(([name, lines]) => `[${name}]\n${lines.replaceAll('; ', '\n')}`),
  ]
  const [first, ...rest] = readRemotes(text.join('\n')).remotes
  return {
    buckets: first?.kind === 'storage' ? first.buckets : null,
    others: rest.map((remote) => [remote.kind, remote.kind === 'storage' ? '' : remote.reason] as const),
  }
}

describe('buckets that other remotes name', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['combine', { all: 'type = combine; upstreams = "docs=m:docs" "films=m:films/2020"' }, ['docs', 'films']],
    [
      'combine with spaces',
      { all: 'type = combine; upstreams = "my docs=m:docs/my files" b=m:beta' },
      ['docs', 'beta'],
    ],
    ['combine of a whole remote', { all: 'type = combine; upstreams = x=m:' }, []],
    ['union', { all: 'type = union; upstreams = m:one m:two:ro m:three/x:nc' }, ['one', 'two', 'three']],
    ['an older union', { all: 'type = union; remotes = m:one m:two' }, ['one', 'two']],
    ['union with options', { all: 'type = union; upstreams = m,directory_markers=true:one m:two' }, ['one', 'two']],
    ['options of another account', { all: 'type = union; upstreams = m,region=eu:one m,endpoint=x:two' }, []],
    ['a path with a slash in front', { x: 'type = alias; remote = m:/films/2020' }, ['films']],
    ['a remote with a colon instead of an equals sign', { x: 'type: alias; remote: m:films' }, ['films']],
    ['an alias of an alias', { x: 'type = alias; remote = y:2020', y: 'type = alias; remote = m:films' }, ['films']],
    [
      'an alias of a folder of combine',
      { x: 'type = alias; remote = c:b/k', c: 'type = combine; upstreams = a=m:aaa b=m:' },
      ['aaa'],
    ],
    [
      'a bucket behind a folder of combine',
      { x: 'type = alias; remote = c:b/kkk', c: 'type = combine; upstreams = b=m:' },
      ['kkk'],
    ],
    ['hasher and cache', { h: 'type = hasher; remote = m:one', c: 'type = cache; remote = m:two' }, ['one', 'two']],
    ['crypt, whose content nobody could read', { v: 'type = crypt; remote = m:vault' }, []],
    ['an alias of crypt', { x: 'type = alias; remote = v:docs', v: 'type = crypt; remote = m:vault' }, []],
    ['itself', { x: 'type = alias; remote = x:one', y: 'type = union; upstreams = y:one x:two' }, []],
    ['a whole remote in one text', { x: 'type = alias; remote = :s3,env_auth=true:one' }, []],
    ['names that no bucket has', { x: 'type = alias; remote = m:a', y: 'type = alias; remote = m:a b' }, []],
  ])('are read of %s', (_case, others, buckets) => {
    expect(read(others).buckets).toEqual(buckets)
  })

  it('are found in a file with a thousand of them', () => {
    const others = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [
        `u${index}`,
        `type = union; upstreams = m:bucket-${index} u0:x u1:y`,
      ]),
    )
    expect(read(others).buckets).toHaveLength(1000)
  })
})

it('are offered where they lie, and what shows them is skipped, in one file', () => {
  const found = read({
    all: 'type = combine; upstreams = "docs=m:docs" "films=m:films/2020"',
    x: 'type = union; upstreams = m,directory_markers=true:a m:b',
  })
  expect(found.buckets).toEqual(['docs', 'films'])
  expect(found.others.map(([kind]) => kind)).toEqual(['other', 'other'])
})

describe('remotes that show others', () => {
  it.each([
    ['type = alias; remote = m:docs', '"docs" at "m"'],
    ['type = combine; upstreams = docs=m:docs films=m:films', '"docs" at "m", "films" at "m"'],
    ['type = union; upstreams = m,directory_markers=true:a m:b', 'listed by itself'],
    ['type = union; upstreams = m,directory_markers=true:aaa m:bbb', 'offered there'],
    ['type = crypt; remote = m:vault; password = abc', 'encrypted'],
    ['type = chunker; remote = m:big', 'pieces'],
    ['type = compress; remote = m:big', 'compressed'],
    ['type = hasher; remote = m:big', 'hasher'],
    ['type = cache; remote = m:big', 'cache'],
    ['type = alias; remote = gone:docs', '"gone" that it names is not in this text'],
    ['type = alias; remote = /mnt/data', 'no remote that could be imported'],
    ['type = sftp; host = nas; ssh = ssh -p 2 nas; key_file = ~/.ssh/id', '"sftp" is not an S3 remote'],
    ['type = b2; account = x; key = y', 'offers S3 too'],
    ['type = smb; host = nas; pass = x', 'type SMB'],
  ])('%s is skipped and explained', (lines, reason) => {
    expect(read({ x: lines }).others).toEqual([['other', expect.stringContaining(reason)]])
  })
})
