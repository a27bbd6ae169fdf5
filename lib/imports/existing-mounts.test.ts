import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ForeignMount, FstabLine } from '@/lib/agent-protocol/messages'
import { type ExistingMount, existingMounts } from '@/lib/imports/existing-mounts'

function mounted(change: Partial<ForeignMount>): ForeignMount {
  return {
    mountPoint: '/mnt/films',
    fsType: 'nfs4',
    source: 'nas:/export/films',
    options: ['rw', 'relatime'],
    superOptions: [],
    bindOf: null,
    isStacked: false,
    denied: null,
    ...change,
  }
}

function line(change: Partial<FstabLine>): FstabLine {
  const base = { line: 3, source: 'nas:/export/films', mountPoint: '/mnt/films', fsType: 'nfs', options: ['defaults'] }
  return { ...base, text: 'nas:/export/films /mnt/films nfs defaults', denied: null, ...change }
}

function one(mounts: ForeignMount[], fstab: FstabLine[] = []): ExistingMount {
  const [found] = existingMounts({ mounts, fstab, problems: [] })
  if (!found) throw new Error('nothing was found')
  return found
}

describe('existingMounts', () => {
  it('reads an NFS mount as the kernel shows it, without what was negotiated', () => {
    const superOptions =
      'rw,vers=4.1,rsize=1048576,wsize=1048576,namlen=255,soft,proto=tcp,timeo=50,retrans=3,sec=sys,clientaddr=10.0.0.5,local_lock=none,addr=10.0.0.2'
    expect(one([mounted({ options: ['ro', 'noatime'], superOptions: superOptions.split(',') })])).toMatchObject({
      action: 'adopt',
      type: 'nfs',
      readOnly: true,
      config: {
        server: 'nas',
        export_path: '/export/films',
        version: '4.1',
        on_outage: 'soft',
        proto: 'tcp',
        timeo: 50,
        retrans: 3,
        sec: 'sys',
        noatime: true,
      },
      needs: [],
      leftOut: [],
      suggestedName: 'films',
    })
  })

  it('reads an SMB mount, and asks for the password that no host tells', () => {
    const superOptions =
      'rw,vers=3.1.1,cache=strict,username=bob,domain=HOME,uid=1000,noforceuid,gid=1000,noforcegid,addr=10.0.0.2,file_mode=0755,dir_mode=0755,soft,nounix,serverino,mapposix,rsize=4194304,wsize=4194304,bsize=1048576,retrans=1,echo_interval=60,actimeo=1'
    const found = one([mounted({ fsType: 'cifs', source: '//nas/media/films', superOptions: superOptions.split(',') })])
    expect(found).toMatchObject({
      action: 'adopt',
      type: 'cifs',
      config: {
        server: 'nas',
        share_name: 'media',
        path: 'films',
        auth: 'password',
        username: 'bob',
        domain: 'HOME',
        smb_version: '3.1.1',
        uid: 1000,
        on_outage: 'soft',
      },
      needs: ['password'],
      leftOut: ['retrans=1'],
    })
  })

  it('joins a mount with its line of fstab, and lists lines that are not mounted', () => {
    const found = existingMounts({
      mounts: [mounted({})],
      fstab: [
        line({}),
        line({
          line: 5,
          mountPoint: '/mnt/music',
          fsType: 'cifs',
          source: '//nas/music',
          options: ['credentials=/root/.smb', 'vers=3.0'],
        }),
        line({ line: 6, mountPoint: '/mnt/bound', fsType: 'none', source: '/srv/data', options: ['bind', 'ro'] }),
      ],
      problems: [],
    })
    expect(
      found.map(({ mountPoint, isMounted, action, fstab, needs }) => [
        mountPoint,
        isMounted,
        action,
        fstab?.line,
        needs,
      ]),
    ).toEqual([
      ['/mnt/films', true, 'adopt', 3, []],
      ['/mnt/music', false, 'adopt', 5, ['username', 'password']],
      ['/mnt/bound', false, 'adopt', 6, []],
    ])
    expect(found[2]).toMatchObject({ type: 'local-dir', config: { path: '/srv/data' }, readOnly: true })
  })

  it.each([
    ['a stacked place', mounted({ isStacked: true }), 'More than one mount'],
    ['a place that the host denies', mounted({ denied: '/data is not below /mnt' }), 'not below'],
    ['a source without an export', mounted({ source: 'nas' }), 'server:/export'],
    ['a bind of a system tree', mounted({ fsType: 'ext4', bindOf: '/etc' }), 'belongs to the system'],
    ['another type', mounted({ fsType: 'strange' }), 'cannot be taken over'],
    ['a directory that is bound to itself', mounted({ fsType: 'ext4', bindOf: '/mnt/films' }), 'bound to itself'],
  ])('refuses %s with the reason', (_case, mount, reason) => {
    expect(one([mount])).toMatchObject({ action: 'refuse', reason: expect.stringContaining(reason) })
  })

  it.each([
    ['ceph', 'mon1,mon2:/'],
    ['glusterfs', 'gfs1:/vol1'],
    ['davfs', 'https://dav.example/'],
    ['fuse.sshfs', 'u@192.0.2.3:/srv'],
    ['fuse.mergerfs', '/a:/b'],
    ['fuse', 'sshfs#r@h.example:/b'],
    ['9p', 'tag'],
    ['zfs', 'tank/data'],
    ['efs', 'fs-0123:/'],
    ['mount-s3', 's3://films/'],
    ['cvmfs', 'sft.example'],
    ['wekafs', 'backend1/default'],
    ['quobyte', 'reg.example/vol'],
    ['panfs', 'panfs://realm/vol'],
    ['kafs', '#example.org:root.cell'],
    ['bindfs', '/srv/a'],
    ['drvfs', 'D:'],
    ['prl_fs', 'Home'],
    ['alluxio-fuse', 'alluxio:/'],
    ['ltfs', 'devname=/dev/sg1'],
    ['blobfuse2', '/etc/blob.yaml'],
    ['saunafs', 'master:9421'],
  ])('lists %s as information', (fsType, source) => {
    const expected = { action: 'information', reason: expect.stringContaining(fsType), type: null }
    expect(one([mounted({ fsType, source })])).toMatchObject(expected)
    expect(one([], [line({ fsType, source })])).toMatchObject({ ...expected, isMounted: false })
  })

  it('says what to make instead of another program for S3', () => {
    for (const fsType of ['fuse.s3fs', 'mount-s3'])
      expect(one([mounted({ fsType, source: 'bucket' })]).reason).toContain('type S3')
  })

  const SYSTEMD = { by: 'systemd' as const, place: '/mnt/films', map: null }
  it.each([
    ['that is mounted', [mounted({ automount: SYSTEMD })], true],
    ['that waits', [mounted({ fsType: 'autofs', source: 'systemd-1', automount: SYSTEMD })], false],
  ])('names the automount unit of a share %s', (_case, mounts, isMounted) => {
    const options = ['noauto', 'x-systemd.automount', 'x-systemd.idle-timeout=600', 'vers=4.2']
    expect(one(mounts, [line({ options })])).toMatchObject({
      action: 'refuse',
      reason: expect.stringMatching(/unit mnt-films\.automount.*line 3 of/),
      isMounted,
      type: 'nfs',
      config: { server: 'nas', export_path: '/export/films' },
      autoMount: false,
      leftOut: ['noauto', 'x-systemd.automount', 'x-systemd.idle-timeout=600'],
    })
  })

  it('names the unit of a place with other letters, and the map of the automount daemon', () => {
    const strange = { by: 'systemd' as const, place: '/mnt/my films-1/.x', map: null }
    expect(one([mounted({ automount: strange })]).reason).toContain('disable --now mnt-my\\x20films\\x2d1-.x.automount')
    const daemon = { by: 'automount' as const, place: '/net', map: '/etc/auto.nas' }
    expect(one([mounted({ automount: daemon })])).toMatchObject({
      action: 'refuse',
      reason: expect.stringContaining('at /net (map /etc/auto.nas)'),
    })
    expect(one([mounted({ fsType: 'autofs', source: 'auto.nas', automount: daemon })])).toMatchObject({
      action: 'information',
      isMounted: false,
    })
  })

  it('says what of fstab gets lost with a mount on demand', () => {
    const options = ['noauto', 'nofail', '_netdev', 'x-systemd.automount', 'x-systemd.idle-timeout=60', 'comment=***']
    expect(one([], [line({ options })])).toMatchObject({
      action: 'adopt',
      autoMount: false,
      leftOut: ['noauto', 'x-systemd.automount', 'x-systemd.idle-timeout=60', 'comment=***'],
    })
    expect(one([mounted({})], [line({})])).toMatchObject({ autoMount: true, leftOut: [] })
  })

  it('does not take over what the kernel made inside of another mount, unless fstab names it', () => {
    const child = mounted({ mountPoint: '/mnt/tank/photos', source: 'nas:/tank/photos', partOf: '/mnt/tank' })
    expect(one([child])).toMatchObject({
      action: 'information',
      reason: expect.stringContaining('made by the kernel inside /mnt/tank'),
    })
    expect(one([child], [line({ mountPoint: '/mnt/tank/photos', source: 'nas:/tank/photos' })]).action).toBe('adopt')
  })

  it.each<[string, ForeignMount[], FstabLine[], string]>([
    ['two lines', [], [line({}), line({ line: 9 })], 'Lines 3 and 9'],
    ['two lines of one that is mounted', [mounted({})], [line({}), line({ line: 9 })], 'Lines 3 and 9'],
    [
      'a line that binds it to itself',
      [],
      [line({ fsType: 'none', source: '/mnt//films/', options: ['bind'] })],
      'itself',
    ],
    ['a line of a disk besides', [], [line({ alsoLines: [4] })], 'Lines 3 and 4'],
    [
      'a line that names something else',
      [mounted({})],
      [line({ source: 'nas2:/x' })],
      'Line 3 of /etc/fstab names "nas2:/x"',
    ],
    [
      'a bind that fstab knows as a share',
      [mounted({ fsType: 'ext4', source: '/dev/sda1', bindOf: '/srv/films' })],
      [line({})],
      'Line 3',
    ],
  ])('refuses a place with %s', (_case, mounts, lines, reason) => {
    const found = existingMounts({ mounts, fstab: lines, problems: [] })
    for (const mount of found)
      expect(mount).toMatchObject({ action: 'refuse', reason: expect.stringContaining(reason) })
  })

  it.each([
    ['cifs', '//files.example/frd/', { server: 'files.example', share_name: 'frd' }],
    ['cifs', '//FILES.example/frd', { share_name: 'frd' }],
    ['nfs4', 'nas:/export/b/', { server: 'nas', export_path: '/export/b' }],
    ['nfs4', '[FD00:0::2]:/b', { export_path: '/b' }],
  ])('reads %s %s, whose spelling is another one', (fsType, source, config) => {
    const superOptions = fsType === 'cifs' ? ['username=bob', 'vers=3.0'] : ['vers=4.2']
    expect(one([mounted({ fsType, source, superOptions })])).toMatchObject({ action: 'adopt', config })
  })

  it('offers nothing that taking over would refuse: places and names of Holdfast', () => {
    const judge = (mountPoint: string, places: { name: string; mountPoint: string }[]) =>
      existingMounts(
        { mounts: [mounted({ mountPoint })], fstab: [], problems: [] },
        { places, names: new Set(['films', 'films-2']) },
      )[0]
    expect(judge('/mnt/films', [])).toMatchObject({ action: 'adopt', suggestedName: 'films-3' })
    const tank = { name: 'tank', mountPoint: '/mnt/tank' }
    expect(judge('/mnt/tank', [tank])?.reason).toContain("Mount 'tank'")
    expect(judge('/mnt/tank/films', [tank])).toMatchObject({
      action: 'refuse',
      reason: expect.stringContaining('overlaps with /mnt/tank'),
    })
    expect(judge('/mnt/tank2', [tank])?.action).toBe('adopt')
    expect(judge('/mnt/a\u0007b', [])?.action).toBe('refuse')
  })

  it('names the directory of a bind mount, not the disk that it is on', () => {
    const found = one([
      mounted({ fsType: 'ext4', source: '/dev/sda1', bindOf: '/srv/films', options: ['rw', 'noexec'] }),
    ])
    expect(found).toMatchObject({ action: 'adopt', source: '/srv/films', config: { path: '/srv/films', noexec: true } })
  })

  it('lists an rclone mount as information', () => {
    expect(one([mounted({ fsType: 'fuse.rclone', source: 'wasabi:films' })])).toMatchObject({
      action: 'information',
      reason: expect.stringContaining('rclone.conf'),
    })
  })

  it('never throws, whatever a host reports', () => {
    const words = fc.array(
      fc.oneof(fc.string(), fc.constantFrom('ro', 'bind', 'vers=1', 'username=', 'sec=none', 'timeo=x')),
    )
    const reported = fc.record({
      mountPoint: fc.string(),
      fsType: fc.constantFrom('nfs', 'nfs4', 'cifs', 'smb3', 'fuse.rclone', 'ext4', '__proto__'),
      source: fc.oneof(fc.string(), fc.constantFrom('a:/b', '//a/b', '//', ':/', '[::1]:/x')),
      options: words,
      superOptions: words,
      bindOf: fc.option(fc.string()),
      isStacked: fc.boolean(),
      denied: fc.constant(null),
    })
    fc.assert(
      fc.property(fc.array(reported, { maxLength: 3 }), (mounts) => {
        const fstab = mounts.map((mount, index) => ({ ...mount, line: index + 1, text: '' }))
        for (const found of existingMounts({ mounts, fstab, problems: [] }))
          expect(found.action === 'adopt').toBe(found.reason === null)
      }),
      { numRuns: 500 },
    )
  })
})
