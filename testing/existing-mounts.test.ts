import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foreignIn, foreignLines } from '@/agent/host/mounting/foreign-mounts'
import { parseFstab } from '@/agent/host/mounting/fstab'
import { parseMountinfo } from '@/agent/host/mounting/mountinfo'
import { type ExistingMount, existingMounts } from '@/lib/imports/existing-mounts'

const ROOT = '22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw'

/** From what a host has in its two files to what a person is shown. */
function seen({ mountinfo = [], fstab = [] }: { mountinfo?: string[]; fstab?: string[] }): ExistingMount[] {
  const { entries, problems } = parseFstab(fstab.join('\n'))
  return existingMounts({
    mounts: foreignIn(parseMountinfo([ROOT, ...mountinfo].join('\n')), new Set()).map((found) => ({
      ...found,
      denied: null,
    })),
    fstab: foreignLines(entries, new Set()).map((line) => ({ ...line, denied: null })),
    problems: problems.map((problem) => ({ file: 'fstab', ...problem })),
  })
}

/** Where people, and kernels, have been seen to write a secret. */
const FILES: ((secret: string) => { mountinfo?: string[]; fstab?: string[] })[] = [
  (secret) => ({ fstab: [`//nas/a /mnt/a cifs username=bob,password=${secret},uid=1000 0 0`] }),
  (secret) => ({ fstab: [`//nas/a /mnt/a cifs user=bob%${secret},noperm,vers=3.0 0 0 # ${secret}`] }),
  (secret) => ({ fstab: [`//bob:${secret}@nas/a /mnt/a cifs guest 0 0`] }),
  (secret) => ({ fstab: [`//nas/a /mnt/a cifs password=${secret},x-systemd.automount,noauto 0 0`] }),
  (secret) => ({ fstab: [`nas:/a /mnt/a nfs ro,x-note=${secret} 0 0`, `nas:/b /mnt/a nfs comment=${secret}`] }),
  (secret) => ({ fstab: [`u:${secret}@h.example:/srv /mnt/s fuse.sshfs reconnect 0 0`] }),
  (secret) => ({ fstab: [`admin@.fs=/ /mnt/c ceph secret=${secret},noatime 0 0`] }),
  (secret) => ({ mountinfo: [`84 22 0:74 / /mnt/c rw - ceph mon:/ rw,name=admin,secret=${secret},acl`] }),
  (secret) => ({ mountinfo: [`84 22 0:74 / /mnt/c rw - davfs https://u:${secret}@dav.example/a rw`] }),
  (secret) => ({ mountinfo: [`84 22 0:74 / /mnt/c rw - cifs //nas/a rw,username=bob,pass=${secret},vers=3.0`] }),
  (secret) => ({ mountinfo: [`84 22 0:74 / /mnt/c rw - fuse.rclone :s3,secret_access_key=${secret}:b rw`] }),
  (secret) => ({
    mountinfo: [`84 22 0:74 / /mnt/c rw - nfs4 nas:/a rw,vers=4.2`],
    fstab: [`//u:${secret}@nas/a /mnt/c cifs pass=${secret}`],
  }),
  (secret) => ({ mountinfo: [`84 22 0:74 / /mnt/c rw - autofs ldap://cn:${secret}@h/x rw,direct`] }),
]

const at = (found: ExistingMount[], place: string) => found.find(({ mountPoint }) => mountPoint === place)
const actions = (found: ExistingMount[]) => found.map(({ mountPoint, action }) => [mountPoint, action])

describe('what hosts have', () => {
  it('a share behind the trigger of systemd is that share, and its unit is named', () => {
    const trigger =
      '51 22 0:44 / /mnt/films rw,relatime shared:30 - autofs systemd-1 rw,fd=51,pgrp=1,timeout=600,minproto=5,maxproto=5,direct,pipe_ino=2999'
    const share =
      '92 51 0:61 / /mnt/films rw,relatime shared:88 - nfs4 nas.example:/tank/films rw,vers=4.2,rsize=1048576,wsize=1048576,namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=192.0.2.5,local_lock=none,addr=192.0.2.2'
    const fstab = ['nas.example:/tank/films /mnt/films nfs noauto,x-systemd.automount,x-systemd.idle-timeout=600 0 0']
    const config = { server: 'nas.example', export_path: '/tank/films' }
    for (const [mountinfo, isMounted] of [
      [[trigger, share], true],
      [[trigger], false],
      // Started over what was mounted already.
      [[share.replace('92 51', '50 22'), trigger.replace('51 22', '51 50')], true],
    ] as const) {
      const found = seen({ mountinfo: [...mountinfo], fstab })
      expect(found).toHaveLength(1)
      expect(found[0]).toMatchObject({
        action: 'refuse',
        reason: expect.stringContaining('mnt-films.automount'),
        isMounted,
        config,
        autoMount: false,
      })
    }
    expect(seen({ mountinfo: [trigger, share] })[0]?.config).toMatchObject({ version: '4.2' })
  })

  it('a share below a directory of the automount daemon names its map, and the directory is information', () => {
    const found = seen({
      mountinfo: [
        '51 22 0:44 / /misc rw,relatime - autofs /etc/auto.misc rw,fd=5,pgrp=900,timeout=300,minproto=5,maxproto=5,indirect,pipe_ino=1',
        '92 51 0:61 / /misc/films rw,relatime - nfs4 nas:/films rw,vers=4.2,hard',
        '52 22 0:45 / /proc/sys/fs/binfmt_misc rw,relatime - autofs systemd-1 rw,fd=5,pgrp=1,direct',
      ],
    })
    expect(actions(found)).toEqual([
      ['/misc', 'information'],
      ['/misc/films', 'refuse'],
    ])
    expect(at(found, '/misc/films')?.reason).toContain('at /misc (map /etc/auto.misc)')
  })

  it.each([
    ['NFS', 'nfs4', 'nas:/mnt/tank', 'nas:/mnt/tank/photos'],
    ['NFS from its root', 'nfs4', 'nas:/', 'nas:/photos'],
    ['SMB with DFS', 'cifs', '//dom.example/dfs', '//dom.example/dfs/photos'],
    ['CephFS', 'ceph', 'mon1:/', 'mon1:/photos'],
  ])('what a server of %s has below belongs to its parent', (_case, fsType, parent, child) => {
    const found = seen({
      mountinfo: [
        `60 22 0:50 / /mnt/tank rw,relatime shared:30 - ${fsType} ${parent} rw,vers=3.0,username=bob`,
        `61 60 0:51 / /mnt/tank/photos rw,relatime shared:31 - ${fsType} ${child} rw,vers=3.0,username=bob`,
        `62 61 0:52 / /mnt/tank/photos/raw rw,relatime shared:31 - ${fsType} ${child}/raw rw,vers=3.0,username=bob`,
      ],
    })
    for (const place of ['/mnt/tank/photos', '/mnt/tank/photos/raw'])
      if (fsType !== 'ceph')
        expect(at(found, place)).toMatchObject({
          action: 'information',
          reason: expect.stringContaining('made by the kernel inside /mnt/tank,'),
        })
    expect(at(found, '/mnt/tank')?.action).toBe(fsType === 'ceph' ? 'information' : 'adopt')
  })

  it('what a person has mounted inside of a mount is theirs', () => {
    const mountinfo = [
      '60 22 0:50 / /mnt/tank rw,relatime - nfs4 nas:/tank rw,vers=4.2,hard',
      '61 60 0:51 / /mnt/tank/other rw,relatime - nfs4 nas2:/tank/other rw,vers=4.2,hard',
      '62 60 0:52 / /mnt/tank/moved rw,relatime - nfs4 nas:/elsewhere rw,vers=4.2,hard',
      '63 60 0:53 / /mnt/tank/named rw,relatime - nfs4 nas:/tank/named rw,vers=4.2,hard',
    ]
    const found = seen({ mountinfo, fstab: ['nas:/tank/named /mnt/tank/named nfs defaults 0 0'] })
    expect(found.map(({ action }) => action)).toEqual(['adopt', 'adopt', 'adopt', 'adopt'])
  })

  it('what comes along with a directory that is bound elsewhere is part of that', () => {
    const found = seen({
      mountinfo: [
        '60 22 0:50 / /srv/nas rw,relatime - nfs4 nas:/tank rw,vers=4.2,hard',
        '61 22 8:1 /srv /mnt/all rw,relatime - ext4 /dev/sda1 rw',
        '62 61 0:50 / /mnt/all/nas rw,relatime - nfs4 nas:/tank rw,vers=4.2,hard',
      ],
    })
    expect(actions(found)).toEqual([
      ['/srv/nas', 'adopt'],
      ['/mnt/all', 'adopt'],
      ['/mnt/all/nas', 'information'],
    ])
  })

  it.each([
    ['a folder of a share', 'cifs', '//nas/s', '/sub', 'refuse'],
    ['a folder of an export', 'nfs4', 'nas:/e', '/sub', 'refuse'],
    ['a folder below the one that is mounted', 'smb3', '//nas/s/sub', '/sub/deep', 'refuse'],
    ['a share', 'cifs', '//nas/s', '/', 'adopt'],
    ['a share with a folder, whose root is the folder', 'cifs', '//nas/s/sub/deep', '/sub/deep', 'adopt'],
  ])('%s in force is not taken for another one', (_case, fsType, source, root, action) => {
    for (const whole of [[], [`60 22 0:50 / /srv/nas rw,relatime - ${fsType} //other/s rw,vers=3.0,username=bob`]]) {
      const place = `61 22 0:50 ${root} /mnt/a rw,relatime - ${fsType} ${source} rw,vers=3.0,username=bob`
      const found = at(seen({ mountinfo: [...whole, place] }), '/mnt/a')
      expect(found?.action).toBe(action)
      if (action === 'refuse') expect(found?.reason).toContain(`the folder "${root}" of ${source}`)
    }
  })

  it('a folder of a share with the same name again is one, when the share has its root elsewhere', () => {
    const found = seen({
      mountinfo: [
        '60 22 0:50 / /srv/nas rw,relatime - cifs //nas/s/sub rw,vers=3.0,username=bob',
        '61 22 0:50 /sub /mnt/a rw,relatime - cifs //nas/s/sub rw,vers=3.0,username=bob',
      ],
    })
    expect(actions(found)).toEqual([
      ['/srv/nas', 'adopt'],
      ['/mnt/a', 'refuse'],
    ])
  })

  it.each([
    ['the same spelling', '/mnt/dup'],
    ['a trailing slash', '/mnt/dup/'],
    ['doubled slashes', '/mnt//dup'],
    ['a dot', '/mnt/./dup'],
  ])('two lines for one place are both told: %s', (_case, place) => {
    const found = seen({ fstab: ['/srv/a /mnt/dup none bind 0 0', `nas:/b ${place} nfs defaults 0 0`] })
    expect(found).toHaveLength(2)
    for (const mount of found)
      expect(mount).toMatchObject({
        mountPoint: '/mnt/dup',
        action: 'refuse',
        reason: expect.stringContaining('Lines 1 and 2'),
      })
  })

  it('a line and what is mounted there are one, however they are spelled', () => {
    const found = seen({
      mountinfo: [
        '70 22 0:60 / /mnt/nas rw,relatime - cifs //files.example/frd/ rw,vers=3.0,username=bob,domain=EMEA,uid=0,gid=0,soft',
        '71 22 0:61 / /mnt/b rw,relatime - nfs4 nas:/export/b/ rw,vers=4.1,hard',
      ],
      fstab: ['//FILES.example/frd /mnt//nas/ cifs credentials=/root/.smb 0 0', 'nas:/export//b /mnt/b nfs ro 0 0'],
    })
    expect(found.map(({ action, fstab }) => [action, fstab?.line])).toEqual([
      ['adopt', 1],
      ['adopt', 2],
    ])
  })

  it('storage of other types is listed with the reason, disks and what the system has are not', () => {
    const found = seen({
      mountinfo: [
        '80 22 0:70 / /mnt/gv rw - fuse.gvfsd-fuse gvfsd-fuse rw,user_id=1000',
        '81 22 0:71 / /mnt/v rw - virtiofs share rw',
        '82 22 0:72 / /mnt/tmp rw - tmpfs tmpfs rw',
        '83 22 0:73 / /mnt/dav rw - davfs https://u:F4ke@dav.example/a rw',
        '84 22 0:74 / /mnt/c rw - ceph admin@.fs=/ rw,name=admin,secret=F4ke,acl',
      ],
      fstab: [
        'mon1,mon2:/ /mnt/ceph ceph name=admin,secret=F4ke 0 0',
        'gfs1:/vol1 /mnt/gfs glusterfs defaults 0 0',
        'bucket /mnt/s3 fuse.s3fs _netdev,allow_other 0 0',
        'u@192.0.2.3:/srv /mnt/ssh fuse.sshfs reconnect 0 0',
        'sshfs#r@h.example:/b /mnt/x fuse port=22 0 0',
        '/mnt/a:/mnt/b /mnt/pool fuse.mergerfs category.create=mfs 0 0',
        'UUID=1234 /mnt/disk ext4 defaults 0 2',
        'tmpfs /tmp tmpfs defaults 0 0',
        'wasabi:films /mnt/r rclone ro 0 0',
        'fs-0123:/ /mnt/efs efs _netdev,tls,iam 0 0',
        's3://films/ /mnt/s3b mount-s3 _netdev,allow-delete 0 0',
        'D: /mnt/d drvfs metadata 0 0',
      ],
    })
    expect(actions(found)).toEqual(
      [
        '/mnt/v',
        '/mnt/dav',
        '/mnt/c',
        '/mnt/ceph',
        '/mnt/gfs',
        '/mnt/s3',
        '/mnt/ssh',
        '/mnt/x',
        '/mnt/pool',
        '/mnt/r',
        '/mnt/efs',
        '/mnt/s3b',
        '/mnt/d',
      ].map((place) => [place, 'information']),
    )
    for (const { reason } of found) expect(reason).not.toBeNull()
    expect(JSON.stringify(found)).not.toContain('F4ke')
  })

  it('a password with a comma is in nothing that is shown', () => {
    const [found] = seen({
      fstab: ['//nas.example/s /mnt/pw1 cifs username=bob,password=F4ke)yu9,hTail7,dir_mode=0777 0 0 # or F4ke'],
    })
    expect(JSON.stringify(found)).not.toMatch(/F4ke|hTail7/)
    expect(found).toMatchObject({ action: 'adopt', needs: ['password'], config: { username: 'bob' } })
    expect(found?.leftOut).toContain('***')
    expect(found?.fstab?.text).toBe('//nas.example/s /mnt/pw1 cifs username=bob,password=***,***,dir_mode=0777 0 0')
  })

  it('a directory that is bound to itself is not taken over', () => {
    const mountinfo = ['60 22 8:1 /srv/a /srv/a rw,nosuid,noexec - ext4 /dev/sda1 rw']
    expect(actions(seen({ mountinfo }))).toEqual([['/srv/a', 'refuse']])
    expect(actions(seen({ mountinfo, fstab: ['/srv/a/ /srv/a none bind,noexec 0 0'] }))).toEqual([['/srv/a', 'refuse']])
  })

  it('a backslash before an escape is refused', () => {
    expect(seen({ fstab: ['//192.0.2.9/Carpeta\\\\040x /mnt/c cifs credentials=/x 0 0'] })[0]?.action).toBe('refuse')
  })

  it('whatever is secret in them, nothing of it is stored or shown', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9]{4,9}$/).map((text) => `q${text}`)
    const between = fc.constantFrom(
      ',',
      '"',
      '\\040',
      '#',
      '\\054',
      '=',
      '%',
      '@',
      '/',
      ':',
      ';',
      '\\134',
      "'",
      '&',
      '?',
    )
    const secret = fc
      .array(fc.tuple(part, between), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.map((pair) => pair.join('')).join(''))
    fc.assert(
      fc.property(secret, fc.nat(FILES.length - 1), (text, number) => {
        const shown = JSON.stringify(seen(FILES[number]?.(text) ?? {}))
        for (const [hidden] of text.matchAll(/q[A-Za-z0-9]{4,9}/g)) expect(shown).not.toContain(hidden)
      }),
      { numRuns: 3000 },
    )
  })
})
