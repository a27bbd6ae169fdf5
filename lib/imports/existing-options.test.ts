import { describe, expect, it } from 'vitest'
import type { ForeignMount, FstabLine } from '@/lib/agent-protocol/messages'
import { parseBackendInput } from '@/lib/drivers/input'
import { type ExistingMount, existingMounts } from '@/lib/imports/existing-mounts'

function only(found: ExistingMount[]): ExistingMount {
  const [one, ...more] = found
  if (one === undefined || more.length > 0) throw new Error(`${found.length} mounts were found`)
  return one
}

function lineOf(text: string): FstabLine {
  const [source = '', mountPoint = '', fsType = '', options = ''] = text.split(' ')
  const decoded = source.replaceAll('\\040', ' ')
  return { line: 1, text, source: decoded, mountPoint, fsType, options: options.split(','), denied: null }
}

const fromLine = (text: string) => only(existingMounts({ mounts: [], fstab: [lineOf(text)], problems: [] }))

function inForce(fsType: string, source: string, superOptions: string, line?: string): ExistingMount {
  const mount: ForeignMount = {
    mountPoint: '/mnt/a',
    fsType,
    source,
    options: ['rw', 'relatime'],
    superOptions: superOptions.split(','),
    bindOf: fsType === 'ext4' ? source : null,
    isStacked: false,
    denied: null,
  }
  return only(existingMounts({ mounts: [mount], fstab: line === undefined ? [] : [lineOf(line)], problems: [] }))
}

/** Whatever the preview offers must be accepted when it is adopted. */
function expectAdoptable(found: ExistingMount): void {
  expect(found).toMatchObject({ action: 'adopt', reason: null })
  const given = Object.fromEntries(found.needs.map((field) => [field, field === 'username' ? 'alice' : 'not-a-secret']))
  expect(() => parseBackendInput(found.type ?? '', { ...found.config, ...given })).not.toThrow()
}

describe('a line of fstab', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    // A version that nobody named is agreed on again, and a type of version 4 stays one.
    ['192.0.2.36:/mnt/pool/media /mnt/a nfs defaults 0 1', { version: 'auto' }, []],
    ['nas:/e /mnt/a nfs4 defaults 0 0', { version: '4' }, []],
    ['nas:/e /mnt/a nfs vers=4 0 0', { version: '4' }, []],
    ['nas:/e /mnt/a nfs nfsvers=4,minorversion=1 0 0', { version: '4.1' }, []],
    ['nas:/e /mnt/a nfs v4.2 0 0', { version: '4.2' }, []],
    ['nas:/e /mnt/a nfs nfsvers=3,nolock 0 0', { version: '3', nolock: true }, []],
    ['se4fs:/home /mnt/a nfs4 vers=4.1,nolock 0 0', { server: 'se4fs', version: '4.1' }, ['nolock']],
    ['nas:/e /mnt/a nfs4 nordirplus 0 0', { version: '4' }, ['nordirplus']],
    ['nas:/e /mnt/a nfs nolock 0 0', { version: 'auto', nolock: true }, []],
    [
      'fs.example:/fsx/ /mnt/a nfs4 nfsvers=4.1,hard,timeo=600,retrans=2,lookupcache=pos,_netdev 0 0',
      { export_path: '/fsx', version: '4.1', lookupcache: 'positive', timeo: 600 },
      [],
    ],
    ['nas.example:/volume1/User\\040Homes /mnt/a nfs vers=4.1 0 0', { export_path: '/volume1/User Homes' }, []],
    ['media_nas:/export /mnt/a nfs vers=4.1 0 0', { server: 'media_nas' }, []],
    ['[fd00:1::1]:/d /mnt/a nfs4 vers=4.2,proto=tcp6 0 0', { server: 'fd00:1::1', proto: 'tcp6' }, []],
    ['nas:/e /mnt/a nfs rsize=1000000,wsize=9999999 0 0', { rsize: 999_424, wsize: 1_048_576 }, []],
    ['nas:/e /mnt/a nfs noac,nocto,udp,fsc 0 0', { actimeo: 0, sync: true }, ['nocto', 'udp', 'fsc']],
    ['nas:/e /mnt/a nfs acregmin=9,acregmax=9,acdirmin=9,acdirmax=9 0 0', { actimeo: 9 }, []],
    ['nas:/e /mnt/a nfs acregmin=9 0 0', {}, ['acregmin=9']],
    ['nas:/e /mnt/a nfs users,bg,retry=5,zork 0 0', { noexec: true }, ['users', 'bg', 'retry=5', 'zork']],
    ['nas:/e /mnt/a nfs rw,suid,dev 0 0', {}, ['suid', 'dev']],
    [
      '192.0.2.184:/media/pi/Backup /mnt/a nfs noauto,nofail,x-systemd.automount,x-systemd.idle-timeout=60 0 0',
      { version: 'auto' },
      ['noauto', 'x-systemd.automount', 'x-systemd.idle-timeout=60'],
    ],
    [
      '//NASHOME/Files/Library/Media /mnt/a cifs credentials=/etc/x,iocharset=utf8,vers=3.0,file_mode=0777,dir_mode=0777,nounix,noserverino,rsize=130048,wsize=130048 0 0',
      { path: 'Library/Media', smb_version: '3.0', noserverino: true, rsize: 130_048, wsize: 130_048 },
      ['nounix'],
    ],
    ['//FILE_SRV/data /mnt/a cifs guest 0 0', { server: 'FILE_SRV', auth: 'guest', smb_version: 'auto' }, []],
    [
      '//192.0.2.254/Disque\\040dur /mnt/a cifs credentials=/x,uid=1000,gid=100 0 0',
      { share_name: 'Disque dur', uid: 1000 },
      [],
    ],
    ['//win01/archive$ /mnt/a cifs credentials=/x,vers=3.0 0 0', { share_name: 'archive$' }, []],
    ['//[fd00::12]/public /mnt/a cifs guest,vers=3.0 0 0', { server: 'fd00::12' }, []],
    ['//nas/s /mnt/a cifs username=HOME\\bob,vers=3.1.1 0 0', { domain: 'HOME', username: 'bob' }, []],
    ['//nas/s /mnt/a cifs sign,credentials=/x 0 0', { sec: 'ntlmsspi' }, []],
    ['//nas/s /mnt/a cifs sign,sec=ntlmssp,credentials=/x 0 0', { sec: 'ntlmsspi' }, []],
    ['//nas/s /mnt/a cifs sec=ntlmv2i,sec=ntlmssp,credentials=/x 0 0', { sec: 'ntlmsspi' }, []],
    ['//nas/s /mnt/a cifs seal,sec=ntlmv2,credentials=/x 0 0', { seal: true, sec: 'ntlmssp' }, []],
    ['//nas/s /mnt/a cifs uid=media,perm,cache=ro,credentials=/x 0 0', {}, ['uid=media', 'cache=ro']],
    ['//nas/s /mnt/a cifs credentials=/x 0 0', { noexec: false }, []],
    ['//nas/s /mnt/a cifs credentials=/x,noexec 0 0', { noexec: true }, []],
    [
      '/srv/a /mnt/a none bind,noatime,x-systemd.requires=zfs.target 0 0',
      { path: '/srv/a' },
      ['noatime', 'x-systemd.requires=zfs.target'],
    ],
  ])('%s', (text, config, leftOut) => {
    const found = fromLine(text)
    expectAdoptable(found)
    expect(found.config).toMatchObject(config)
    expect(found.leftOut).toEqual(leftOut)
  })

  it.each([
    ['nas.example:/vol/a /mnt/a nfs vers=2 0 0', 'NFS 2'],
    ['nas:/a /mnt/a nfs v2 0 0', 'NFS 2'],
    ['nfs://nas.lan/export /mnt/a nfs ro 0 0', 'not of the form server:/export'],
    ['smb://nas/share /mnt/a cifs guest 0 0', 'not of the form //server/share'],
    ['nas:/a*** /mnt/a nfs ro 0 0', 'may be a secret'],
    ['/srv/a*** /mnt/a none bind 0 0', 'may be a secret'],
    ['//nas/a*** /mnt/a cifs guest 0 0', 'may be a secret'],
    ['nas:/a /mnt/a nfs vers=5 0 0', '"vers"'],
    ['nas:/a /mnt/a nfs4 vers=3 0 0', 'contradict'],
    ['nas:/a /mnt/a nfs xprtsec=mtls 0 0', '"xprtsec"'],
    ['nas:/a /mnt/a nfs sec=none 0 0', '"sec"'],
    ['nas:/a /mnt/a nfs sec=krb5:krb5i 0 0', '"sec"'],
    ['nas:/a /mnt/a nfs context="system_u:object_r:nfs_t:s0" 0 0', 'SELinux'],
    ['[fe80::5053:ff:feef:a1fb%eth1]:/data /mnt/a nfs4 vers=4 0 0', 'link-local'],
    ['//files.example/Share /mnt/a cifs sec=krb5,multiuser,vers=3.0 0 0', 'Kerberos'],
    ['//files.example/Share /mnt/a cifs multiuser,credentials=/x 0 0', 'multiuser'],
    ['//192.0.2.3/Backup /mnt/a cifs username=x,sec=ntlm,vers=1.0,nofail 0 0', '"sec"'],
    ['//192.0.2.3/Backup /mnt/a cifs username=x,vers=1.0,nofail 0 0', 'SMB 1'],
    ['//nas/s /mnt/a cifs snapshot=131474832000000000,credentials=/x 0 0', 'snapshot'],
    ['/srv/a /mnt/a none bind,nosymfollow 0 0', 'nosymfollow'],
    // An option that the rules over several fields refuse is not offered either.
    ['//nas/s /mnt/a cifs seal,vers=2.1,credentials=/x 0 0', 'SMB 3'],
  ])('is refused with the reason: %s', (text, reason) => {
    expect(fromLine(text)).toMatchObject({ action: 'refuse', reason: expect.stringContaining(reason) })
  })
})

it.each([
  ['nfs', 'nas:/export/a *', { export_path: '/export/a *' }],
  ['nfs', 'nas:/export/a ', { export_path: '/export/a ' }],
  ['none', '/srv/a ', { path: '/srv/a ' }],
])('takes the source of %s as the host tells it: "%s"', (fsType, source, config) => {
  const line = { ...lineOf('x /mnt/a nfs defaults'), source, fsType, options: fsType === 'none' ? ['bind'] : ['hard'] }
  const found = only(existingMounts({ mounts: [], fstab: [line], problems: [] }))
  expect(found).toMatchObject({ action: 'adopt', config })
})

describe('a mount in force', () => {
  const NFS_DEFAULTS =
    'rw,vers=4.2,rsize=1048576,wsize=1048576,namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=192.0.2.5,local_lock=none,addr=192.0.2.2'
  const CIFS_DEFAULTS =
    'rw,vers=3.1.1,cache=strict,username=bob,uid=0,noforceuid,gid=0,noforcegid,addr=192.0.2.2,file_mode=0755,dir_mode=0755,soft,nounix,serverino,mapposix,reparse=nfs,rsize=4194304,wsize=4194304,bsize=1048576,echo_interval=60,actimeo=1,closetimeo=1'

  it('keeps the version that it has, unless its line leaves it open', () => {
    expect(inForce('nfs4', 'nas:/a', NFS_DEFAULTS).config).toMatchObject({ version: '4.2' })
    expect(inForce('nfs4', 'nas:/a', NFS_DEFAULTS, 'nas:/a /mnt/a nfs defaults').config).toMatchObject({
      version: 'auto',
    })
    expect(inForce('nfs4', 'nas:/a', NFS_DEFAULTS, 'nas:/a /mnt/a nfs4 hard').config).toMatchObject({ version: '4' })
    for (const [wanted, version] of [
      ['vers=4', '4'],
      ['vers=4,minorversion=2', '4.2'],
    ])
      expect(inForce('nfs4', 'nas:/a', NFS_DEFAULTS, `nas:/a /mnt/a nfs ${wanted}`).config).toMatchObject({ version })
    expect(inForce('cifs', '//nas/s', CIFS_DEFAULTS).config).toMatchObject({ smb_version: '3.1.1' })
    const line = '//nas/s /mnt/a cifs credentials=/x'
    expect(inForce('cifs', '//nas/s', CIFS_DEFAULTS, line).config).toMatchObject({ smb_version: 'auto' })
    for (const [wanted, smb_version] of [
      ['vers=3', '3'],
      ['vers=3.11', '3.1.1'],
      ['vers=default', 'auto'],
    ])
      expect(inForce('cifs', '//nas/s', CIFS_DEFAULTS, `${line},${wanted}`).config).toMatchObject({ smb_version })
  })

  it('does not take what the kernel shows unasked for a choice', () => {
    for (const found of [inForce('nfs4', 'nas:/a', NFS_DEFAULTS), inForce('cifs', '//nas/s', CIFS_DEFAULTS)]) {
      expectAdoptable(found)
      expect(found.leftOut).toEqual([])
      for (const field of ['rsize', 'wsize', 'cache', 'actimeo', 'echo_interval'])
        expect(found.config).not.toHaveProperty(field)
    }
    expect(inForce('cifs', '//nas/s', CIFS_DEFAULTS).config).toMatchObject({ noserverino: false })
    expect(inForce('cifs', '//nas/s', CIFS_DEFAULTS.replace('serverino,', '')).config).toMatchObject({
      noserverino: true,
    })
    expect(inForce('cifs', '//nas/s', CIFS_DEFAULTS.replace('actimeo=1', 'actimeo=30')).config).toMatchObject({
      actimeo: 30,
    })
    expect(inForce('nfs4', 'nas:/a', `${NFS_DEFAULTS},acregmin=60,acdirmin=60`).config).toMatchObject({ actimeo: 60 })
  })

  it('names what only its line of fstab says', () => {
    const line = 'nas:/a /mnt/a nfs noauto,x-systemd.automount,bg,nconnect=8,soft'
    expect(inForce('nfs4', 'nas:/a', NFS_DEFAULTS, line)).toMatchObject({
      action: 'adopt',
      config: { nconnect: 8, on_outage: 'hard' },
      leftOut: ['noauto', 'x-systemd.automount', 'bg', 'soft'],
    })
  })

  const NFS = ['nfs4', 'nas:/a', NFS_DEFAULTS] as const
  const SMB = ['cifs', '//nas/s', CIFS_DEFAULTS] as const
  it.each<[readonly [string, string, string], string, Record<string, unknown>, string[]]>([
    [SMB, 'user=bob,sign', { sec: 'ntlmsspi' }, []],
    [SMB, 'user=bob,sign,sec=ntlmssp', { sec: 'ntlmsspi' }, []],
    [SMB, 'user=bob,sec=ntlmsspi', { sec: 'ntlmsspi' }, []],
    [SMB, 'user=bob,seal,nobrl,mfsymlinks', { seal: true, nobrl: true, mfsymlinks: true }, []],
    [SMB, 'user=bob,noexec', { noexec: true }, []],
    [SMB, 'user=bob,rsize=65536,wsize=130048', { rsize: 65_536, wsize: 130_048 }, []],
    [SMB, 'user=bob,cache=loose,actimeo=30', { cache: 'loose', actimeo: 30 }, []],
    [SMB, 'user=bob,hard,noserverino', { on_outage: 'soft', noserverino: false }, ['hard', 'noserverino']],
    [SMB, 'user=bob,uid=bob,file_mode=755,nounix', { uid: 0 }, ['nounix']],
    [SMB, 'user=bob,uid=1000,ro', { uid: 0 }, ['uid=1000', 'ro']],
    [NFS, 'noac', { actimeo: 0, sync: true }, []],
    [NFS, 'noatime,sync,nordirplus', { noatime: true, sync: true }, ['nordirplus']],
    [NFS, 'noexec,ro', { noexec: true }, ['ro']],
    [NFS, 'rw,exec,relatime', {}, []],
    [NFS, 'softerr,timeo=50,retrans=2', { on_outage: 'hard', timeo: 600 }, ['softerr', 'timeo=50']],
    [NFS, 'rsize=32768,wsize=32768', { rsize: 32_768, wsize: 32_768 }, []],
    [NFS, 'mountport=892,mountproto=tcp', {}, ['mountport=892', 'mountproto=tcp']],
    [NFS, 'acregmin=30,acregmax=30,acdirmin=30,acdirmax=30', { actimeo: 30 }, []],
    [['nfs4', '[2001:db8::1]:/a', NFS_DEFAULTS.replace('=tcp', '=tcp6')], 'proto=tcp', { proto: 'tcp' }, []],
    [['ext4', '/srv/a', 'rw'], 'bind,noexec', { noexec: true }, []],
    [['ext4', '/srv/a', 'rw'], 'bind,ro', {}, ['ro']],
  ])('%s has what its line asks for besides: %s', ([fsType, source, options], asked, config, leftOut) => {
    const found = inForce(fsType, source, options, `${source} /mnt/a ${fsType === 'ext4' ? 'none' : fsType} ${asked}`)
    expectAdoptable(found)
    expect(found.config).toMatchObject(config)
    expect(found.leftOut).toEqual(leftOut)
  })

  it.each([
    [NFS, 'sec=krb5p', '"sec=krb5p", and "sec=sys" is in force'],
    [NFS, 'vers=3', '"vers=3", and "vers=4.2" is in force'],
    [NFS, 'v4.1', '"v4.1", and "vers=4.2" is in force'],
    [NFS, 'xprtsec=tls', '"xprtsec"'],
    [['nfs', 'nas:/a', 'rw,vers=3,hard'], '', 'type nfs4'],
    [SMB, 'vers=3.0', '"vers=3.0", and "vers=3.1.1" is in force'],
    [SMB, 'vers=1.0', 'SMB 1'],
    [SMB, 'sec=krb5', 'Kerberos'],
    [['cifs', '//nas/s', `${CIFS_DEFAULTS},sec=ntlmssp`], 'sign', '"sign", and "sec=ntlmssp" is in force'],
    [['cifs', '//nas/s', `${CIFS_DEFAULTS},sec=ntlmsspi`], 'sec=ntlmssp', '"sec=ntlmsspi" is in force'],
  ] as const)('%s is refused when its line says otherwise: %s', ([fsType, source, options], asked, reason) => {
    const type = fsType === 'cifs' ? 'cifs' : asked === '' ? 'nfs4' : 'nfs'
    expect(inForce(fsType, source, options, `${source} /mnt/a ${type} ${asked || 'defaults'}`)).toMatchObject({
      action: 'refuse',
      reason: expect.stringContaining(reason),
    })
  })

  const BOB = 'username=bob'
  it.each<[string, string | undefined, Record<string, unknown>, string[], string[]]>([
    ['username=guest', 'username=guest,guest', { auth: 'guest' }, [], []],
    ['username=guest', 'guest', { auth: 'guest' }, [], []],
    ['username=Guest', 'sec=none', { auth: 'anonymous' }, [], []],
    ['sec=none', 'guest', { auth: 'guest' }, [], []],
    ['sec=none,username=', 'guest', { auth: 'guest' }, [], []],
    ['sec=none', undefined, { auth: 'anonymous' }, [], []],
    ['sec=ntlmssp', 'guest', { auth: 'guest' }, [], []],
    // Who is in force is asked for.
    ['username=guest', undefined, { auth: 'password', username: 'guest' }, ['password'], []],
    [BOB, 'username=guest,guest', { auth: 'password', username: 'bob' }, ['password'], ['guest']],
    [BOB, 'guest,credentials=/x', { auth: 'password', username: 'bob' }, ['password'], ['guest']],
  ])('is of who signs in: %s with the line %s', (shown, asked, config, needs, leftOut) => {
    const line = asked === undefined ? undefined : `//nas/s /mnt/a cifs ${asked}`
    const found = inForce('cifs', '//nas/s', CIFS_DEFAULTS.replace(BOB, shown), line)
    expectAdoptable(found)
    expect(found).toMatchObject({ config, needs, leftOut })
  })

  it.each([
    ['127.0.0.1:/', 'port=20127', undefined, 'information', 'is this host itself'],
    ['localhost:/', 'port=20127', undefined, 'information', 'is this host itself'],
    ['[::1]:/', 'port=20049', undefined, 'information', 'is this host itself'],
    ['127.0.0.1:/', 'port=20127', 'fs-0123:/ /mnt/a efs _netdev,tls', 'refuse', 'the type efs'],
    ['127.0.0.1:/', 'port=20127', '127.0.0.1:/ /mnt/a efs tls', 'refuse', 'the type efs'],
    ['fs-0123.efs.example:/', 'hard', 'fs-0123.efs.example:/ /mnt/a efs _netdev', 'refuse', 'the type efs'],
    ['10.161.100.100:/acct/c', 'hard', 'acct.blob.example:/acct/c /mnt/a aznfs sec=sys', 'refuse', 'the type aznfs'],
    // A server of the host itself, and a tunnel that a line of the host names.
    ['127.0.0.1:/srv', 'hard', undefined, 'adopt', null],
    ['127.0.0.1:/srv', 'port=2049', undefined, 'adopt', null],
    ['127.0.0.1:/srv', 'port=3049', '127.0.0.1:/srv /mnt/a nfs port=3049', 'adopt', null],
    ['nas:/srv', 'port=3049', undefined, 'adopt', null],
  ])('of a mount helper is not taken for NFS: %s with %s, %s', (source, option, line, action, reason) => {
    expect(inForce('nfs4', source, `${NFS_DEFAULTS},${option}`, line)).toMatchObject({
      action,
      reason: reason === null ? null : expect.stringContaining(reason),
    })
  })

  it.each([
    ['vers=3.1.1,sec=krb5i,cruid=1000,multiuser', 'Kerberos'],
    ['vers=1.0,username=bob', 'SMB 1'],
  ])('is refused with the reason: %s', (options, reason) => {
    expect(inForce('cifs', '//nas/s', options)).toMatchObject({
      action: 'refuse',
      reason: expect.stringContaining(reason),
    })
  })
})
