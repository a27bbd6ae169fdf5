import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { foreignIn, foreignLines } from '@/agent/host/mounting/foreign-mounts'
import { parseFstab } from '@/agent/host/mounting/fstab'
import { parseMountinfo } from '@/agent/host/mounting/mountinfo'
import { type ExistingMount, existingMounts } from '@/lib/imports/existing-mounts'

/** What a kernel shows, as the console would list it. */
function listed(mountinfo: string): ExistingMount[] {
  const found = foreignIn(parseMountinfo(mountinfo), new Set()).filter(({ isStacked }) => !isStacked)
  const mounts = found.map((mount) => ({ ...mount, denied: null }))
  return existingMounts({ mounts, fstab: [], problems: [] })
}

const ROOT = '22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n'
const at = (place: string, fs: string, root = '/') => `${ROOT}30 22 0:50 ${root} ${place} rw,relatime - ${fs}\n`
const one = (mountinfo: string) => listed(mountinfo)[0]

const FIXTURES = ['cifs', 'nfs'].flatMap((type) => {
  const folder = join('lib/drivers', type, 'fixtures')
  return readdirSync(folder).flatMap((name) => (/^mountinfo\./.test(name) ? [join(folder, name)] : []))
})

it('a line of fstab with several types is listed, and asks for one', () => {
  const { entries } = parseFstab('nas:/e /mnt/a nfs4,nfs ro 0 0\n/dev/sdb1 /mnt/b ext4,xfs ro 0 0\n')
  const fstab = foreignLines(entries, new Set()).map((line) => ({ ...line, denied: null }))
  expect(existingMounts({ mounts: [], fstab, problems: [] })).toMatchObject([
    { mountPoint: '/mnt/a', action: 'refuse', reason: expect.stringContaining('several types') },
  ])
})

describe('mounts in force', () => {
  it.each(FIXTURES)(
    'can be taken over as this kernel shows them, and nothing of that is nobody’s choice: %s',
    (file) => {
      const found = listed(readFileSync(file, 'utf8')).filter(({ fsType }) => /^(?:nfs|cifs)/.test(fsType))
      expect(found.length).toBeGreaterThan(0)
      for (const { action, reason, leftOut } of found)
        expect({ action, reason, leftOut }).toEqual({ action: 'adopt', reason: null, leftOut: [] })
    },
  )

  it.each([
    'cifs //nas/s rw,vers=3.1.1,cache=strict,upcall_target=app,username=bob,uid=0,noforceuid,gid=0,noforcegid,addr=192.0.2.2,file_mode=0755,dir_mode=0755,soft,nounix,serverino,mapposix,reparse=nfs,nativesocket,symlink=native,rsize=4194304,wsize=4194304,bsize=1048576,echo_interval=60,actimeo=1,closetimeo=1',
    'nfs4 nas:/e rw,vers=4.2,rsize=1048576,wsize=1048576,namlen=255,hard,fatal_neterrors=none,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=192.0.2.9,local_lock=none,addr=192.0.2.2',
  ])('also of newer kernels: %s', (fs) => {
    expect(one(at('/mnt/a', fs))).toMatchObject({ action: 'adopt', leftOut: [] })
  })

  it('of Kerberos in another namespace are refused as before', () => {
    const fs = 'cifs //nas/s rw,vers=3.1.1,upcall_target=mount,username=bob'
    expect(one(at('/mnt/a', fs))).toMatchObject({ action: 'refuse', reason: expect.stringContaining('upcall_target') })
  })

  it('of a directory that is gone are refused', () => {
    expect(one(`${ROOT}30 22 8:1 /srv/gone//deleted /mnt/a rw - ext4 /dev/sda1 rw\n`)).toMatchObject({
      action: 'refuse',
      reason: expect.stringContaining('deleted'),
    })
  })

  it('of Proxmox VE are named as those', () => {
    const fs = 'nfs4 nas:/pve rw,vers=4.2,hard,proto=tcp,sec=sys'
    expect(one(at('/mnt/pve/nas', fs))).toMatchObject({ action: 'refuse', reason: expect.stringContaining('"nas"') })
    expect(one(at('/mnt/pve-films', fs))).toMatchObject({ action: 'adopt' })
  })

  it.each(['/var/lib/kubelet/pods/1/volumes/kubernetes.io~nfs/a', '/var/lib/lxc/100/rootfs/mnt/a', '/var/lib/incus/a'])(
    'of what runs containers are its own: %s',
    (place) => {
      expect(listed(at(place, 'nfs4 nas:/k8s rw,vers=4.2,hard'))).toEqual([])
    },
  )
})
