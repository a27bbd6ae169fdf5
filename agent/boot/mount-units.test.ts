import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MountUnits, mountUnitName } from './mount-units'

/** What `systemd-escape --path --suffix=mount` of systemd 252 prints. */
describe('mountUnitName', () => {
  it.each([
    ['/mnt/nas', 'mnt-nas.mount'],
    ['/mnt/my-nas', 'mnt-my\\x2dnas.mount'],
    ['/srv/a b', 'srv-a\\x20b.mount'],
    ['/srv/.hidden/v1.2', 'srv-.hidden-v1.2.mount'],
    ['/.root', '\\x2eroot.mount'],
    ['/media/grün', 'media-gr\\xc3\\xbcn.mount'],
    ['/mnt/a_b:c@d', 'mnt-a_b:c\\x40d.mount'],
    ['/', '-.mount'],
  ])('%s is %s', (path, unit) => {
    expect(mountUnitName(path)).toBe(unit)
  })
})

describe('MountUnits', () => {
  let directory: string
  const reload = vi.fn(async () => undefined)
  const failed = vi.fn()
  let units: MountUnits

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'holdfast-units-'))
    units = new MountUnits({ directory, reload, onError: failed })
    vi.clearAllMocks()
  })
  afterEach(async () => {
    await units.close()
    rmSync(directory, { recursive: true })
    expect(failed).not.toHaveBeenCalled()
  })

  const dropIn = (unit: string) => join(directory, `${unit}.d`, 'holdfast.conf')

  it('keeps a drop-in for each of our mountpoints, and touches no others', async () => {
    mkdirSync(join(directory, 'mnt-other.mount.d'))
    writeFileSync(join(directory, 'mnt-other.mount.d', 'admin.conf'), '')
    mkdirSync(join(directory, 'mnt-old.mount.d'))
    writeFileSync(dropIn('mnt-old.mount'), '')
    mkdirSync(join(directory, 'mnt-both.mount.d'))
    writeFileSync(dropIn('mnt-both.mount'), '')
    writeFileSync(join(directory, 'mnt-both.mount.d', 'admin.conf'), '')
    const before = process.umask(0o077)
    units.keep(['/mnt/a'])
    units.keep(['/mnt/a', '/mnt/b'])
    await vi.waitFor(() => expect(reload).toHaveBeenCalledTimes(1)).finally(() => process.umask(before))
    expect(statSync(dropIn('mnt-a.mount')).mode & 0o777).toBe(0o644)
    expect(readFileSync(dropIn('mnt-a.mount'), 'utf8')).toContain('[Unit]\nBefore=holdfast-mounts.service\n')
    expect(existsSync(dropIn('mnt-b.mount'))).toBe(true)
    expect(existsSync(join(directory, 'mnt-old.mount.d'))).toBe(false)
    expect(existsSync(join(directory, 'mnt-other.mount.d', 'admin.conf'))).toBe(true)
    expect(existsSync(dropIn('mnt-both.mount'))).toBe(false)
    expect(existsSync(join(directory, 'mnt-both.mount.d', 'admin.conf'))).toBe(true)
  })

  it('asks systemd to read again only when there is something new', async () => {
    units.keep(['/mnt/a'])
    await vi.waitFor(() => expect(reload).toHaveBeenCalledTimes(1))
    units.keep(['/mnt/a'])
    units.keep(['/mnt/c', '/mnt/a'])
    await vi.waitFor(() => expect(existsSync(dropIn('mnt-c.mount'))).toBe(true))
    units.keep(['/mnt/a'])
    await vi.waitFor(() => expect(existsSync(dropIn('mnt-c.mount'))).toBe(false))
    units.keep(['/mnt/a', '/mnt/d'])
    await vi.waitFor(() => expect(existsSync(dropIn('mnt-d.mount'))).toBe(true))
    await units.close()
    expect(reload).toHaveBeenCalledTimes(3)
  })
})
