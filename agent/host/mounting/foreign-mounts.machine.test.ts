import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { foreignIn } from '@/agent/host/mounting/foreign-mounts'
import { parseFstab } from '@/agent/host/mounting/fstab'
import { parseMountinfo } from '@/agent/host/mounting/mountinfo'

let base: string

beforeEach(() => {
  base = mkdtempSync('/srv/holdfast-foreign-')
  chmodSync(base, 0o755)
  for (const name of ['data', 'data/sub', 'other', 'a', 'b']) mkdirSync(join(base, name))
})

afterEach(() => rmSync(base, { recursive: true, force: true }))

/** What the kernel shows after these commands, in a mount namespace that goes with them; `$B` is the directory of the test. */
function foreignAfter(commands: string) {
  const script = `set -e; cd /; ${commands}; cat /proc/self/mountinfo`
  const text = execFileSync('unshare', ['--mount', '--propagation', 'private', 'bash', '-c', script], {
    env: { ...process.env, B: base },
    encoding: 'utf8',
  })
  return foreignIn(parseMountinfo(text), new Set()).filter(({ mountPoint }) => mountPoint.startsWith(base))
}

/** An automount as systemd makes it: processes of this group are not held by it. */
const TRIGGER =
  '[ -p $B/pipe ] || mkfifo $B/pipe; exec 9<>$B/pipe; mount -t autofs systemd-1 $B/a -o fd=9,pgrp=$(ps -o pgid= -p $$ | tr -d " "),minproto=5,maxproto=5,direct'

describe('what this kernel shows', () => {
  it('of an automount, before and after it was used', () => {
    const waiting = foreignAfter(TRIGGER)
    expect(waiting).toMatchObject([
      { fsType: 'autofs', automount: { by: 'systemd', place: join(base, 'a') }, isStacked: false },
    ])
    const used = foreignAfter(`${TRIGGER}; mount --bind $B/data $B/a`)
    expect(used).toMatchObject([
      { bindOf: join(base, 'data'), automount: { by: 'systemd', place: join(base, 'a') }, isStacked: false },
    ])
  })

  it('of a directory that was bound with what is mounted in it', () => {
    const found = foreignAfter('mount --bind $B/other $B/data/sub; mount --rbind $B/data $B/a')
    expect(found.map(({ mountPoint, partOf }) => [mountPoint, partOf])).toEqual([
      [join(base, 'data/sub'), undefined],
      [join(base, 'a'), undefined],
      [join(base, 'a/sub'), join(base, 'a')],
    ])
  })

  it('of two lines of fstab for one place, however it is spelled', () => {
    writeFileSync(
      join(base, 'fstab'),
      `${base}/data ${base}/b none bind 0 0\n${base}/other ${base}//b/ none bind 0 0\n`,
    )
    const found = foreignAfter('mount -a -T $B/fstab')
    expect(found).toMatchObject([{ mountPoint: join(base, 'b'), isStacked: true }])
  })
})

describe('parseFstab', () => {
  const LINES = [
    'nas:/x /mnt/a nfs defaults # c',
    'nas:/x /mnt/b nfs defaults 0 # c',
    'nas:/x /mnt/c nfs defaults 0 0 # c',
    'nas:/x /mnt/d nfs defaults 0 0x',
    'nas:/x /mnt/e nfs defaults x',
    'nas:/x /mnt/f nfs',
    'nas:/x /mnt/h nfs soft,ro -1 +2',
    'nas:/x /mnt/i#x nfs ro',
    'nas:/x /mnt/j nfs ro 0 0 nofail',
    '\t nas:/x\t/mnt/k\tnfs\tro\r',
    'nas:/x /mnt/l',
    '"nas:/my x" /mnt/m nfs ro',
    'nas:/my\\040x /mnt/n\\040o nfs ro',
    '//nas/s /mnt/o cifs username=x, uid=0,',
    '  # nas:/x /mnt/p nfs ro',
    '//nas/a\\\\040b /mnt/q cifs ro',
    'nas:/x /mnt/r nfs ro 00 01',
    '//nas/x /mnt/s cifs username=a\\054ro,uid=1',
  ]

  it.each(LINES)('reads %j as libmount does', (line) => {
    const file = join(base, 'fstab')
    writeFileSync(file, `${line}\n`)
    let answer = ''
    try {
      const columns = 'SOURCE,TARGET,FSTYPE,OPTIONS'
      answer = execFileSync('findmnt', ['--tab-file', file, '--json', '-o', columns], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    } catch {
      // It found nothing.
    }
    const theirs: Record<string, string | null>[] = answer === '' ? [] : JSON.parse(answer).filesystems
    const ours = parseFstab(`${line}\n`).entries
    expect(
      ours.map(({ source, mountPoint, fsType, options }) => [source, mountPoint, fsType, options.join(',')]),
    ).toEqual(theirs.map(({ source, target, fstype, options }) => [source, target, fstype, options ?? 'defaults']))
  })
})
