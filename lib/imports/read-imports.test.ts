import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IMPORT_FORMATS } from '@/lib/imports/format'
import { readImports, textsOf } from '@/lib/imports/read-imports'

const SECRET = 'canary-secret-of-many-texts'

function read(...texts: (string | readonly [name: string, content: string])[]) {
  return readImports(
    textsOf(
      texts
        .map((text) => (typeof text === 'string' ? ['', text] : text))
        .map(([name = '', content = '']) => ({ name, content })),
    ),
  )
}

/** Name, what it becomes or why not, and what lies on it. */
function outline(...texts: Parameters<typeof read>) {
  return read(...texts).entries.map((entry) => [
    entry.name,
    entry.kind === 'storage' ? entry.driver : entry.reason,
    ...(entry.usedBy ?? []),
  ])
}

const COMPOSE = `services:
  web:
    image: nginx
    environment: { TOKEN: ${SECRET} }
    volumes:
      - films:/films:ro
      - { type: volume, source: share, target: /share }
      - ./beside:/beside
      - /mnt/nas/films:/other
volumes:
  films:
    driver_opts: { type: nfs, o: "addr=192.0.2.10,ro", device: ":/export/films" }
  share:
    driver_opts:
      type: cifs
      device: //nas/share
      o: username=bob,password=\${SMB_PASSWORD},vers=3.0
  there:
    external: true
  plain:
`

describe('a file of Docker Compose', () => {
  it('has storages in its volumes, and services that use them', () => {
    const { entries } = read(COMPOSE)
    expect(entries).toMatchObject([
      { name: 'films', line: 11, driver: 'nfs', place: { readOnly: true }, usedBy: ['Service web'] },
      { name: 'share', line: 13, driver: 'cifs', needs: ['password'], usedBy: ['Service web'] },
      { name: 'there', kind: 'other', reason: expect.stringContaining('docker volume inspect') },
      { name: 'plain', kind: 'other', reason: 'It is a directory of Docker itself, not a storage.' },
      { name: 'Service web', kind: 'other', reason: expect.stringContaining('/mnt/nas/films') },
    ])
    expect(JSON.stringify(entries)).not.toContain(SECRET)
  })

  it('keeps a password that stands in it, and refuses what is made of variables', () => {
    const o = (text: string) => `volumes:\n  a:\n    driver_opts: { type: cifs, device: //nas/s, o: "${text}" }\n`
    expect(read(o('username=bob,password=a$$b')).entries).toMatchObject([{ settings: { password: 'a$b' }, needs: [] }])
    expect(read(o(`username=\${NAME},password=${SECRET}`)).entries).toMatchObject([
      { kind: 'refused', reason: 'Its "o" is made of variables of the environment: write their values into the text.' },
    ])
  })

  it('takes anchors and merges, as people write them', () => {
    const text = `x-nas: &nas\n  type: nfs\n  o: addr=nas\nvolumes:\n  a:\n    driver_opts:\n      <<: *nas\n      device: :/export/a\n`
    expect(outline(text)).toEqual([['a', 'nfs']])
  })

  it('may have brackets, stars and dashes in its words, and long lines', () => {
    const words = `x: &x '${'['.repeat(300)}'\ny: "- ${'- '.repeat(300)}"\nz: |\n${'   {{{ *a\n'.repeat(300)}`
    const lists = `services:\n  web:\n    command: [${"'-x', ".repeat(300)}]\n    volumes: [${'[a], '.repeat(300)}"films:/x"]\n`
    const volume = 'volumes:\n  films: { driver_opts: { type: nfs, o: addr=nas, device: ":/e" } }\n'
    expect(outline(words + lists + volume)).toEqual([['films', 'nfs', 'Service web']])
  })

  it.each([
    ['volumes:\n  a: {}\n  b: [\n', 4, 'no valid YAML'],
    [`x: |\n  a\n  b\nvolumes: ${'['.repeat(200)}`, 4, 'nested too deeply'],
    ['volumes:\n  a: {}\n  b: {}\n  a: {}\n', 4, 'the name of one above it'],
    ['volumes: [a]\n', 1, 'are mappings'],
    ['services: {}\n---\nvolumes:\n', 2, 'no valid YAML'],
    ['volumes:\n', 1, 'neither volumes nor services'],
    [`volumes:\n${'x'.repeat(300_000)}`, 1, 'too large'],
  ])('is refused with the line: %j', (text, line, told) => {
    const given = readImports([{ name: 'a.yml', content: text, format: 'compose' }])
    expect(given).toMatchObject({ isRefused: true, entries: [] })
    expect(given.problems).toEqual([{ line, message: expect.stringContaining(told) }])
  })

  it('takes nothing but text as an option', () => {
    expect(outline('volumes:\n  a:\n    driver_opts: { o: { toString: 1 }, device: x }\n')).toEqual([
      ['a', 'Its "o" is no text.'],
    ])
  })
})

const POOL = `<pool type='netfs'><name>vms</name><source><host name='nas'/><dir path='/export/vms'/><format type='nfs'/></source><target><path>/srv/vms/</path></target></pool>`
const CEPH = `<host name='192.0.2.5' port='6789'/><auth type='ceph' username='libvirt'><secret type='ceph' uuid='8f3c5a52-2f0b-4c0a-9d4e-0c1d2e3f4a5b'/></auth>`
const RBD_POOL = `<pool type='rbd'><name>fast</name><source>${CEPH}<name>images</name></source></pool>`

function domain(name: string, ...sources: string[]) {
  const disks = sources.map((source, index) => `<disk ${source}<target dev='vd${'abcdef'[index]}'/></disk>`)
  return `<!-- made by virsh -- x --><domain type='kvm'><name>${name}</name><devices><graphics passwd='${SECRET}'/>${disks.join('')}</devices></domain>`
}

describe('machines of libvirt', () => {
  it('lie on pools by name and by path, and on Ceph by themselves', () => {
    const erp = domain(
      'erp',
      `type='volume'><source pool='vms' volume='a'/>`,
      `type='file'><source file='/srv/vms/b.qcow2'/>`,
      `type='network'><source protocol='rbd' name='images/erp'>${CEPH}</source>`,
      `type='network'><source protocol='nbd' name='x'/>`,
      `type='file'><source file='/srv/vmsother/c.iso'/>`,
    )
    const web = domain('web', `type='network'><source protocol='rbd' name='images/web'>${CEPH}</source>`)
    const expected = [
      ['vms', 'nfs', 'Machine erp (vda)', 'Machine erp (vdb)'],
      ['images', 'ceph-rbd', 'Machine erp (vdc)', 'Machine web (vda)'],
      ['Machine erp (vdd)', 'Its disk is served by NBD, which is not supported.'],
      ['Machine erp (vde)', expect.stringContaining('/srv/vmsother/c.iso')],
    ]
    expect(outline(POOL + erp + web)).toEqual(expected)
    expect(outline(erp, web, POOL)).toEqual(expected)
    // A pool on the same Ceph is what it is called by.
    expect(outline(web, RBD_POOL)).toEqual([['fast', 'ceph-rbd', 'Machine web (vda)']])
    expect(JSON.stringify(read(erp, web))).not.toContain(SECRET)
  })

  it.each([
    [`<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/shadow">]><domain><name>&x;</name></domain>`, 'not whole'],
    [`<!DOCTYPE d [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><pool><name>&b;</name></pool>`, 'not whole'],
    ['<domain><name>&x;</name></domain>', 'not whole'],
    [`${'<domain>'.repeat(100_000)}`, 'not whole'],
    [`<domain>${'<!--'.repeat(200_000)}`, 'not whole'],
    [`<domain>${'<?xml'.repeat(200_000)}`, 'not whole'],
    ['<network/>', 'no storage pool and no machine'],
  ])('entities and what has no end are refused: %j', (text, told) => {
    const started = performance.now()
    expect(read(text)).toMatchObject({ isRefused: true, problems: [{ message: expect.stringContaining(told) }] })
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

const STORAGE_CFG = 'nfs: nas\n\tserver nas\n\texport /export/pve\n\tcontent images\n\ndir: local\n\tpath /var/lib/vz\n'
const QM = `boot: order=scsi0\ncipassword: ${SECRET}\nide2: none,media=cdrom\nname: erp\nscsi0: nas:101/vm-101-disk-0.qcow2,size=32G\nvirtio1: file=fast:vm-101-disk-1\n\n[before]\nscsi0: old:vm-101\n`
const PCT = `arch: amd64\nhostname: web\nmp0: /mnt/pve/nas/web,mp=/data\nmp1: /srv/own,mp=/own\nrootfs: nas:102/vm-102-disk-0.raw,size=8G\n`

it('guests of Proxmox VE lie on the storages of storage.cfg', () => {
  expect(
    outline(['101.conf', QM], ['storage.cfg', STORAGE_CFG], ['102.conf', PCT]).filter(([name]) => name !== 'local'),
  ).toEqual([
    ['nas', 'nfs', 'Machine erp (scsi0)', 'Container web (mp0)', 'Container web (rootfs)'],
    ['Machine erp (virtio1)', expect.stringContaining('"fast" of Proxmox, which is in none of these texts')],
    ['Container web (mp1)', expect.stringContaining('/srv/own')],
  ])
  expect(JSON.stringify(read(QM, PCT))).not.toContain(SECRET)
})

describe('several texts', () => {
  const nfs = (server: string) => `nfs: nas\n\tserver ${server}\n\texport /e\n\tcontent images\n`

  it('have names of their own where two call a storage alike, and a guest means that of its own text first', () => {
    const compose = (server: string) =>
      `services: { s${server}: { volumes: ["nas:/x"] } }\nvolumes: { nas: { driver_opts: { type: nfs, o: addr=${server}, device: ":/e" } } }\n`
    expect(outline(['a.yml', compose('a')], ['b.yml', compose('b')], ['b.yml', compose('c')])).toEqual([
      ['nas', 'nfs', 'Service sa'],
      ['nas (b.yml)', 'nfs', 'Service sb'],
      ['nas (b.yml 2)', 'nfs', 'Service sc'],
    ])
    expect(read(nfs('a'), nfs('b')).entries).toMatchObject([
      { name: 'nas', file: 'text 1', line: 1 },
      { name: 'nas (text 2)', file: 'text 2', line: 1 },
    ])
  })

  it('one that is refused does not stop the others, and is told by its name and line', () => {
    const { entries, problems, isRefused, refusals } = read(
      ['a.yml', 'volumes:\n  a: [\n'],
      ['b\u0000\u202E.cfg', nfs('a')],
    )
    expect({ isRefused, names: entries.map(({ name, file }) => [name, file]) }).toEqual({
      isRefused: false,
      names: [['nas', 'b.cfg']],
    })
    expect(problems).toMatchObject([{ file: 'a.yml', line: 3 }])
    expect(refusals).toMatchObject([{ line: 3 }, null])
  })
})

describe('hostile texts', () => {
  const levels = Array.from(
    { length: 30 },
    (_, at) => `x${at}: &x${at} [${at === 0 ? 'lol' : `*x${at - 1}, `.repeat(9)}]`,
  )
  it.each([
    ['aliases of aliases', `${levels.join('\n')}\nvolumes: { a: { driver_opts: *x29 } }\n`],
    ['an alias of itself', 'volumes: &v\n  a: *v\n'],
    ['many aliases', `x: &x {}\nvolumes:\n${Array.from({ length: 15_000 }, (_, at) => `  v${at}: *x\n`).join('')}`],
    [
      'many anchors',
      `volumes:\n${Array.from({ length: 6000 }, (_, at) => `  v${at}: &v${at} {}\n  w${at}: *v${at}\n`).join('')}`,
    ],
    ['deep lists', `volumes: ${'['.repeat(200_000)}`],
    // Where the stack ends in V8's compiler of regular expressions, the process ends with it.
    ['deep mappings', `volumes: ${'{'.repeat(65_536)}`],
    ['deep blocks', `volumes: ${'- '.repeat(100_000)}`],
    ['deep questions', '? '.repeat(100_000)],
    ['deep lines', Array.from({ length: 700 }, (_, at) => `${' '.repeat(at)}a:\n`).join('')],
    ['many errors', `volumes: []${']'.repeat(200_000)}`],
    ['many tags', `volumes: ${'!a '.repeat(80_000)}`],
    ['many quotes', '"'.repeat(200_000)],
    ['a million signs', 'a: [\n'.repeat(200_000)],
    [
      'merges of many keys',
      `x: &x {${Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join(', ')}}\n${Array.from({ length: 99 }, (_, at) => `y${at}: { <<: *x }\n`).join('')}volumes: {}\n`,
    ],
    [
      'merges of merges',
      `x0: &x0 { a: 1 }\n${Array.from({ length: 9 }, (_, at) => `x${at + 1}: &x${at + 1} { <<: [${`*x${at}, `.repeat(9)}] }\n`).join('')}volumes: { a: *x9 }\n`,
    ],
    ['a merge of itself', 'volumes: &x { <<: *x }\n'],
    ['many keys', `volumes:\n  a: { ${Array.from({ length: 25_000 }, (_, at) => `k${at}: 1`).join(', ')} }\n`],
    ['many keys in one line', `volumes: {${'a,'.repeat(100_000)}}`],
    ['many services', `services:\n${Array.from({ length: 501 }, (_, at) => `  s${at}: {}\n`).join('')}`],
    ['many dollars', `volumes: { a: { driver_opts: { o: "${'$'.repeat(250_000)}" } } }`],
    ['many slashes', `services: { a: { volumes: ["${'/'.repeat(250_000)}:/x"] } }`],
    ['many paths', `services: { a: { volumes: [${`"${'/a'.repeat(40)}:/x",`.repeat(3000)}] } }`],
    [
      'a prototype',
      'volumes: { __proto__: { driver_opts: { device: x } }, constructor: {} }\nservices: { __proto__: { volumes: [x] } }\n',
    ],
  ])('end at once: %s', (_name, text) => {
    const started = performance.now()
    const { entries, problems } = readImports([{ name: 'a', content: text, format: 'compose' }])
    expect(entries.length + problems.length).toBeGreaterThan(0)
    expect(entries.every(({ kind }) => kind !== 'storage')).toBe(true)
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(Object.hasOwn(Object.prototype, 'driver_opts')).toBe(false)
  })

  const blanks = ' '.repeat(900_000)
  it.each([
    ['storage.cfg', `nfs: a\n\tserver b${blanks}c`],
    ['storage.cfg', `nfs: a\n\tserver b\u2028${blanks}c\n\texport\t\u2028d`],
    ['qm config', `rootfs: a${blanks}b\n`],
    ['qm config', `rootfs: a\u2028${blanks}b\n`],
    ['virsh', `<pool>${'\r'.repeat(900_000)}</pool`],
    ['rclone.conf', '[a]\n'.repeat(49_000)],
    ['rclone.conf', '[a]\ntype = s3\n'.repeat(24_000)],
    ['docker volume inspect', `[${'{"Name":"a"},'.repeat(70_000)}{"Name":"a"}]`],
    ['docker volume inspect', `[{"Name":"a","Driver":"local"}${',1'.repeat(400_000)}]`],
    ['storage.json', `[${'1,'.repeat(400_000)}1]`],
    ['virsh', '<pool/>'.repeat(140_000)],
  ])('a million signs are read or refused at once: %s', (_name, text) => {
    const started = performance.now()
    readImports(textsOf([{ name: '', content: text }]))
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('more than is told of is said to be left out', () => {
    const many = Array.from({ length: 400 }, (_, at) => `mp${at}: /srv/${at},mp=/x`).join('\n')
    const { entries, problems } = read(many, many)
    expect(entries.length).toBe(500)
    expect(problems).toEqual([{ line: 1, message: 'Only the first 500 disks and directories of guests are told.' }])
  })

  it('never throw, and nothing that is shown has a control character', () => {
    const word = fc.constantFrom(
      'volumes:',
      'services:',
      '\n  ',
      'a: ',
      '&a ',
      '*a',
      '<<: ',
      '[',
      '{',
      '}',
      '"',
      '\u0000',
      '\u001B[2J',
      '\u202E',
      '<domain>',
      '<disk type="file">',
      '</disk>',
      '<source file="/x\u0085">',
      'scsi0: ',
      'nas:1',
      'rootfs: /x',
      '$',
      '/',
    )
    const text = fc.array(fc.oneof(word, fc.string()), { maxLength: 30 }).map((words) => words.join(''))
    const file = fc.record({
      name: fc.string(),
      content: text,
      format: fc.constantFrom('auto' as const, ...IMPORT_FORMATS),
    })
    fc.assert(
      fc.property(fc.array(file, { minLength: 1, maxLength: 3 }), (files) => {
        const { entries, problems } = readImports(textsOf(files))
        const shown = [
          ...entries.flatMap((entry) => [
            entry.name,
            entry.file ?? '',
            ...(entry.usedBy ?? []),
            entry.kind === 'storage' ? '' : entry.reason,
          ]),
          ...problems.map(({ file: name = '', message }) => name + message),
        ]
        expect(shown.filter((each) => /\p{C}/u.test(each))).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })
})
