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
    ['a source in a form of its own', mounted({ source: 'nas:/export/films/' }), 'would not recognise'],
    ['a source without an export', mounted({ source: 'nas' }), 'server:/export'],
    ['a bind of a system tree', mounted({ fsType: 'ext4', bindOf: '/etc' }), 'belongs to the system'],
    ['another type', mounted({ fsType: 'ceph' }), 'cannot be taken over'],
  ])('refuses %s with the reason', (_case, mount, reason) => {
    expect(one([mount])).toMatchObject({ action: 'refuse', reason: expect.stringContaining(reason) })
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
