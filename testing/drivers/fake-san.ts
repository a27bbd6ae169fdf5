import type { CommandResult } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { type FakeHost, failure } from '@/testing/drivers/fake-host'

export interface FakeGroup {
  name: string
  uuid: string
  tags: string[]
  pool: { data: number; metadata: number } | null
  /** Thin volumes that exist. */
  volumes: string[]
}

/** One LUN of the server; what is on it is the same for every host. */
export interface FakeLun {
  lun: number
  wwid: string
  bytes: number
  readOnly: boolean
  /** Something that wipefs knows. */
  signature: string | null
  /** Only blkid knows it. */
  blkid: string | null
  /** Bytes that no tool knows. */
  dirty: 'first' | 'last' | null
  /** A physical volume without a group. */
  orphan: boolean
  group: FakeGroup | null
}

export function fakeLun(change: Partial<FakeLun> = {}): FakeLun {
  const wwid = 'naa.600140509a28b264b8b424db7767ad46'
  const nothing = { signature: null, blkid: null, dirty: null, orphan: false, group: null }
  return { lun: 0, wwid, bytes: 2 * 1024 ** 3, readOnly: false, ...nothing, ...change }
}

/** An iSCSI server with one target. */
export class FakeSan {
  readonly target = 'iqn.2026-01.com.example:storage'
  readonly address = '192.0.2.50'
  /** Where a login is sent to instead, as "target moved" does. */
  movedTo: string | null = null
  chap: { user: string; password: string } | null = null
  mutual: { user: string; password: string } | null = null
  discoveryNeedsChap = false
  breaksLogins = false
  luns: FakeLun[] = [fakeLun()]
  state: 'ok' | 'hung' = 'ok'
  #groups = 0

  makeGroup(name: string, tags: string[]): FakeGroup {
    const uuid = `uuid${this.#groups++}-AAAA-BBBB`
    return { name, uuid, tags, pool: null, volumes: [] }
  }
}

/** Settings and, up to Debian 12, records. */
const SETTINGS = '/etc/iscsi'
const RECORD = '# BEGIN RECORD 2.1.8\nnode.startup = automatic\nnode.session.auth.authmethod = None\n# END RECORD\n'
const OK: CommandResult = { exitCode: 0, stdout: '', stderr: '' }

function ok(stdout: string): CommandResult {
  return { ...OK, stdout }
}

/** The tools of open-iscsi and LVM on one fake host, over the server. Kernel state is in `host.localFiles`, as in sysfs. */
export class FakeInitiator {
  readonly host: FakeHost
  readonly san: FakeSan
  /** Active logical volumes on this host: `group/volume`. */
  readonly active = new Set<string>()
  /** Those of them that something has open. */
  readonly open = new Set<string>()
  /** Every login that was tried, with what it said about itself. */
  readonly logins: Record<string, string>[] = []
  #nextSession = 1

  /** Where this iscsiadm keeps its records; it looks nowhere else. */
  readonly #database: string

  constructor(host: FakeHost, san: FakeSan, database = SETTINGS) {
    this.host = host
    this.san = san
    this.#database = database
    host.addresses.set(san.address, [san.address])
    host.addresses.set('san.example.com', [san.address])
    host.openPorts.add(`${san.address}:3260`).add('san.example.com:3260')
    host.localFiles.set(`${SETTINGS}/initiatorname.iscsi`, 'InitiatorName=iqn.2026-01.com.example:host\n')
    host.answers.set('iscsiadm', (args) =>
      san.state === 'hung' && args.includes('-p') ? 'hang' : this.#caught(() => this.#iscsiadm(args)),
    )
    host.answers.set('lvm', (args) => this.#caught(() => this.#lvm(args)))
    host.answers.set('thin_check', ok('0.9.0\n'))
    host.answers.set('wipefs', (args) => ok(wipefs(this.#at(args.at(-1)))))
    host.answers.set('blkid', (args) => this.#caught(() => ok(blkid(this.#at(args.at(-1))))))
    host.answers.set('cmp', (args) => this.#caught(() => this.#cmp(args)))
    host.answers.set('blockdev', OK)
  }

  #caught(work: () => CommandResult): CommandResult | Error {
    try {
      return work()
    } catch (error) {
      if (error instanceof CommandError) return error
      throw error
    }
  }

  // ---- sessions

  /** A session, as somebody at the host made it: with the interface record of open-iscsi. */
  logInByHand(): void {
    this.#startSession('default')
  }

  get sessions(): string[] {
    return [...this.host.localFiles.keys()].filter((path) =>
      /^\/sys\/class\/iscsi_session\/[^/]+\/targetname$/.test(path),
    )
  }

  #startSession(iface: string): void {
    const id = this.#nextSession++
    const base = `/sys/class/iscsi_session/session${id}`
    const files = this.host.localFiles
    files.set(`${base}/targetname`, `${this.san.target}\n`)
    files.set(`${base}/ifacename`, `${iface}\n`)
    files.set(`${base}/state`, 'LOGGED_IN\n')
    files.set(`/sys/class/iscsi_connection/connection${id}:0/address`, `${this.san.movedTo ?? this.san.address}\n`)
    for (const lun of this.san.luns) {
      const name = this.#nameOf(lun)
      files.set(`${base}/device/target${id}:0:0/${id}:0:0:${lun.lun}/block/${name}/dev`, '8:16')
      files.set(`/sys/block/${name}/device/wwid`, `${lun.wwid}\n`)
      files.set(`/sys/block/${name}/device/state`, 'running\n')
      files.set(`/sys/block/${name}/size`, `${lun.bytes / 512}\n`)
      files.set(`/sys/block/${name}/ro`, `${lun.readOnly ? 1 : 0}\n`)
      files.set(`/sys/block/${name}/dev`, `8:${16 + 16 * lun.lun}\n`)
    }
  }

  /** Not in the order of the LUNs: the first disk of the host is never the first LUN. */
  #nameOf({ lun }: FakeLun): string {
    return `sd${String.fromCharCode('b'.charCodeAt(0) + ((lun + 1) % 20))}`
  }

  #endSession(id: string): void {
    const files = this.host.localFiles
    if (!files.has(`/sys/class/iscsi_session/session${id}/targetname`))
      throw failure('iscsiadm', 21, 'iscsiadm: No session found.')
    for (const path of files.keys()) {
      const isOf = [`/sys/class/iscsi_session/session${id}/`, `/sys/class/iscsi_connection/connection${id}:`]
      if (isOf.some((start) => path.startsWith(start))) files.delete(path)
    }
    if (this.sessions.length > 0) return
    for (const path of files.keys()) if (path.startsWith('/sys/block/sd')) files.delete(path)
  }

  #iscsiadm(args: readonly string[]): CommandResult {
    const value = (flag: string) => args[args.indexOf(flag) + 1] ?? ''
    if (args[0] === '--version') return ok('iscsiadm version 2.1.8\n')
    const files = this.host.localFiles
    switch (value('-m')) {
      case 'iface': {
        const path = `${this.#database}/ifaces/${value('-I')}`
        if (value('-o') === 'new') files.set(path, 'iface.transport_name = tcp\n')
        else files.delete(path)
        return OK
      }
      case 'discoverydb':
      case 'discovery':
        return this.#discovery(args, value)
      case 'session':
        if (args.includes('--logout')) this.#endSession(value('-r'))
        return OK
      default: {
        const [portal = '', group] = value('-p').split(',')
        const base = `${this.#database}/nodes/${value('-T')}/${portal.replace(/:(\d+)$/, ',$1')}`
        const path = group === undefined ? base : `${base},${group}/${value('-I')}`
        if (value('-o') === 'new') files.set(path, `iface.iscsi_ifacename = ${value('-I')}\n${RECORD}`)
        else this.#logIn(value('-T'), value('-I'), files.get(path) ?? '')
        return OK
      }
    }
  }

  #discovery(args: readonly string[], value: (flag: string) => string): CommandResult {
    const path = `${this.#database}/send_targets/${value('-p').replace(/:(\d+)$/, ',$1')}/st_config`
    if (value('-o') === 'new') {
      this.host.localFiles.set(path, RECORD.replace('node.session', 'discovery.sendtargets'))
      return OK
    }
    const record = this.host.localFiles.get(path)
    // Shown, as iscsiadm does with a record when nothing else is asked; discovery with a record needs one.
    if (value('-m') === 'discoverydb' && record === undefined) {
      throw failure('iscsiadm', 21, 'iscsiadm: No records found')
    }
    const settings = settingsIn(record ?? '')
    const given = settings['discovery.sendtargets.auth.password']
    if (this.san.discoveryNeedsChap && given !== this.san.chap?.password) {
      throw failure('iscsiadm', 24, 'iscsiadm: discovery login failed due to authorization failure')
    }
    return args.includes('nonpersistent') ? ok(`${this.san.address}:3260,1 ${this.san.target}\n`) : OK
  }

  #logIn(target: string, iface: string, record: string): void {
    const settings = settingsIn(record)
    this.logins.push(settings)
    if (target !== this.san.target || this.san.breaksLogins)
      throw failure('iscsiadm', 5, 'iscsiadm: initiator reported error (5 - encountered iSCSI login failure)')
    const { chap, mutual } = this.san
    const said = (key: string) => settings[`node.session.auth.${key}`]
    if (
      chap !== null &&
      (said('authmethod') !== 'CHAP' || said('username') !== chap.user || said('password') !== chap.password)
    ) {
      throw failure(
        'iscsiadm',
        24,
        'iscsiadm: initiator reported error (24 - iSCSI login failed due to authorization failure)',
      )
    }
    const asked = said('username_in')
    if (asked !== undefined && (asked !== mutual?.user || said('password_in') !== mutual.password)) {
      throw failure(
        'iscsiadm',
        19,
        'iscsiadm: initiator reported error (19 - encountered non-retryable iSCSI login failure)',
      )
    }
    this.#startSession(iface)
  }

  // ---- disks

  #at(path: string | undefined): FakeLun {
    const lun = this.san.luns.find((one) => `/dev/${this.#nameOf(one)}` === path)
    const isThere = lun !== undefined && this.host.localFiles.has(`/sys/block/${this.#nameOf(lun)}/size`)
    if (!isThere) throw new Error(`no disk ${path} on this host`)
    return lun
  }

  #cmp(args: readonly string[]): CommandResult {
    const lun = this.#at(args.at(-2))
    const offset = Number((args[args.indexOf('-i') + 1] ?? '').split(':')[0])
    const place = offset === 0 ? 'first' : 'last'
    const isZero = lun.dirty !== place && lun.signature === null && lun.group === null && !lun.orphan
    if (!isZero) throw failure('cmp', 1, '')
    return OK
  }

  // ---- LVM, which sees the given devices only

  #lvm(args: readonly string[]): CommandResult {
    const [verb = ''] = args
    if (verb === 'version') return ok('  LVM version:     2.03.16(2) (2022-05-18)\n  Library version: 1.02.185\n')
    if (args.includes('-f') || args.includes('-y') || args.includes('--force')) throw new Error('never by force')
    const paths = (args[args.indexOf('--devices') + 1] ?? '').split(',')
    const luns = paths.map((path) => this.#at(path))
    const operands = args.slice(args.indexOf('--') + 1)
    const groups = luns.flatMap(({ group }) => group ?? [])
    const named = (name = operands[0]?.split('/')[0]) => {
      const found = groups.find((group) => group.name === name)
      if (found === undefined) throw failure('lvm', 5, `  Volume group "${name}" not found`)
      return found
    }
    const tags = args.flatMap((arg, index) => (args[index - 1] === '--addtag' ? [arg] : []))
    switch (verb) {
      case 'pvs':
        return ok(
          reportOf(
            'pv',
            luns.flatMap((lun, index) => pvRow(lun, paths[index] ?? '')),
          ),
        )
      case 'lvs':
        return ok(reportOf('lv', this.#lvRows(named(), luns[0])))
      case 'vgcreate': {
        const [lun] = luns
        if (lun === undefined || lun.signature !== null || lun.group !== null)
          throw failure('lvm', 5, '  Aborted wiping of a signature.')
        lun.group = this.san.makeGroup(operands[0] ?? '', tags)
        return OK
      }
      case 'lvcreate': {
        const group = named()
        group.pool = { data: 0, metadata: 10.94 }
        this.#activate(group, args[args.indexOf('-n') + 1] ?? '')
        return OK
      }
      case 'lvchange':
        this.#activate(named(), operands[0]?.split('/')[1] ?? '')
        return OK
      case 'vgchange':
        return this.#vgchange(named(), args, tags)
      default:
        throw new Error(`lvm ${verb} is not known here`)
    }
  }

  #vgchange(group: FakeGroup, args: readonly string[], tags: string[]): CommandResult {
    if (args.includes('--deltag')) group.tags = group.tags.filter((tag) => tag !== args[args.indexOf('--deltag') + 1])
    else if (args.includes('-an')) {
      if ([...this.open].some((volume) => volume.startsWith(`${group.name}/`))) {
        throw failure('lvm', 5, `  Can't deactivate volume group "${group.name}" with 1 open logical volume(s)`)
      }
      for (const volume of this.active) if (volume.startsWith(`${group.name}/`)) this.#deactivate(volume)
    } else group.tags = [...new Set([...group.tags, ...tags])]
    return OK
  }

  #activate(group: FakeGroup, volume: string): void {
    const key = `${group.name}/${volume}`
    if (this.active.has(key)) return
    this.active.add(key)
    const lun = this.san.luns.find((one) => one.group === group)
    const device = `dm-${key.length}${this.active.size}`
    this.host.localFiles.set(`/sys/block/${device}/dm/name`, `${group.name.replaceAll('-', '--')}-${volume}\n`)
    this.host.localFiles.set(`/sys/block/${device}/dm/uuid`, `LVM-${group.uuid.replaceAll('-', '')}${volume}\n`)
    if (lun) this.host.localFiles.set(`/sys/block/${this.#nameOf(lun)}/holders/${device}`, '')
  }

  #deactivate(key: string): void {
    this.active.delete(key)
    const [group = '', volume = ''] = key.split('/')
    const files = this.host.localFiles
    for (const [path, text] of files) {
      const device = /^\/sys\/block\/(dm-\d+)\/dm\/name$/.exec(path)?.[1]
      if (device === undefined || text.trim() !== `${group.replaceAll('-', '--')}-${volume}`) continue
      for (const other of files.keys())
        if (other.includes(`/${device}/`) || other.endsWith(`/${device}`)) files.delete(other)
    }
  }

  #lvRows(group: FakeGroup, lun: FakeLun | undefined): Record<string, string>[] {
    const row = (name: string, segtype: string, pool: string) => {
      const isActive = this.active.has(`${group.name}/${name}`)
      const state = {
        lv_active: isActive ? 'active' : '',
        lv_device_open: this.open.has(`${group.name}/${name}`) ? 'open' : '',
      }
      const percent =
        isActive && group.pool !== null ? [group.pool.data.toFixed(2), group.pool.metadata.toFixed(2)] : ['', '']
      const size = String(Math.floor((lun?.bytes ?? 0) * 0.9))
      return {
        lv_name: name,
        lv_size: size,
        segtype,
        ...state,
        pool_lv: pool,
        data_percent: percent[0] ?? '',
        metadata_percent: percent[1] ?? '',
      }
    }
    const volumes = group.volumes.map((name) => row(name, 'thin', 'holdfast_pool'))
    return group.pool === null ? volumes : [row('holdfast_pool', 'thin-pool', ''), ...volumes]
  }
}

function settingsIn(record: string): Record<string, string> {
  const pairs = record.split('\n').flatMap((line) => {
    const at = line.indexOf(' = ')
    return at < 0 || line.startsWith('#') ? [] : [[line.slice(0, at), line.slice(at + 3)] as const]
  })
  return Object.fromEntries(pairs)
}

function reportOf(kind: string, rows: Record<string, string>[]): string {
  return JSON.stringify({ report: [{ [kind]: rows }] })
}

function pvRow({ group, orphan, bytes }: FakeLun, path: string): Record<string, string>[] {
  const row = { pv_name: path, pv_uuid: 'pv-1' }
  if (group === null) {
    return orphan ? [{ ...row, vg_name: '', vg_uuid: '', vg_tags: '', vg_size: '0', vg_free: '0' }] : []
  }
  const { name, uuid, tags, pool } = group
  const free = pool === null ? bytes : Math.floor(bytes / 10)
  const sizes = { vg_size: String(bytes), vg_free: String(free) }
  return [{ ...row, vg_name: name, vg_uuid: uuid, vg_tags: tags.join(','), ...sizes }]
}

function wipefs({ signature, group, orphan }: FakeLun): string {
  const type = signature ?? (group !== null || orphan ? 'LVM2_member' : null)
  return JSON.stringify({ signatures: type === null ? [] : [{ type, label: null }] })
}

function blkid(lun: FakeLun): string {
  const type = lun.blkid ?? lun.signature
  if (type === null) throw failure('blkid', 2, '')
  return `DEVNAME=/dev/sdc\nTYPE=${type}\n`
}
