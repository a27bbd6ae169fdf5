import { LearnMore } from '@/components/help/learn-more'
import { Panel } from '@/components/ui/feedback'
import { RelativeTime, useNow } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { DiskMessage, DisksMessage } from '@/lib/agent-protocol/disks'
import { DISK_WEAR } from '@/lib/alerts/rules'
import { diskKey, isOld, troublesOf, withoutHealth } from '@/lib/hosts/disks'
import type { HostView } from '@/lib/hosts/schema'
import type { StatusWord } from '@/lib/tones'
import { formatBytes, formatDuration } from '@/lib/units'

const HOUR_MS = 3_600_000

/** How a disk is, in a word: by its own verdict, and unknown where it gives none. Worn is coloured as bars are, whatever the rules say. */
export function diskStatus(disk: DiskMessage): StatusWord {
  const [worst] = troublesOf(disk)
  if (worst !== undefined) {
    return worst.level === 'failing' ? { tone: 'critical', word: 'Failing' } : { tone: 'warning', word: 'Suspect' }
  }
  if (disk.wearPercent !== null && disk.wearPercent >= DISK_WEAR.warning) return { tone: 'warning', word: 'Worn' }
  return disk.passed === true ? { tone: 'healthy', word: 'Passed' } : { tone: 'unknown', word: 'Unknown' }
}

/** What is known of it, as `SSD · 3 % worn · 35 °C`; what is not known is not there. */
export function diskWords(disk: DiskMessage): string {
  const { rotates, sizeBytes, wearPercent, sparePercent, temperatureC, powerOnHours } = disk
  const counts: [number | null, string][] = [
    [disk.reallocated, 'replaced'],
    [disk.protocol === 'ata' ? null : disk.uncorrectable, 'errors not corrected'],
  ]
  return [
    sizeBytes !== null && formatBytes(sizeBytes),
    rotates !== null && (rotates ? 'HDD' : 'SSD'),
    wearPercent !== null && `${wearPercent} % worn`,
    sparePercent !== null && sparePercent < 100 && `${sparePercent} % spare`,
    temperatureC !== null && `${temperatureC} °C`,
    powerOnHours !== null && `on for ${formatDuration(powerOnHours * HOUR_MS)}`,
    ...counts.map(([count, what]) => count !== null && count > 0 && `${count} ${what}`),
  ]
    .filter((part) => part !== false)
    .join(' · ')
}

/** The local disks of the host, with what they say of their health. */
export function HostDisks({ host }: { host: HostView }) {
  const now = useNow()
  const disks = host.info?.disks
  if (!disks || disks.disks.length === 0) return null
  const isForgotten = isOld(disks, new Date(now))
  const shown = isForgotten ? disks.disks.map(withoutHealth) : disks.disks
  return (
    <Panel title="Local disks" flush>
      <ul className="divide-y divide-line text-13">
        {shown.map((disk) => (
          <DiskRow key={diskKey(disk)} disk={disk} />
        ))}
      </ul>
      <p className="border-t border-line px-4 py-2.5 text-12 text-muted">
        <Asked disks={disks} isForgotten={isForgotten} />{' '}
        <LearnMore href="/help/monitoring#local-disks" about="local disks" />
      </p>
    </Panel>
  )
}

/** When they were asked, and why nothing is known of them. */
function Asked({ disks, isForgotten }: { disks: DisksMessage; isForgotten: boolean }) {
  if (isForgotten) {
    return (
      <>
        How they are is not known: the host told of them last <RelativeTime at={disks.at} />.
      </>
    )
  }
  if (!disks.hasTool) {
    return 'How they are is not known: install the package smartmontools on the host, and it is read within ten minutes.'
  }
  return (
    <>
      As they say themselves, asked <RelativeTime at={disks.at} />.
    </>
  )
}

function DiskRow({ disk }: { disk: DiskMessage }) {
  const troubles = troublesOf(disk).map(({ what }) => what)
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2.5 md:grid-cols-[96px_minmax(0,1fr)_minmax(0,1fr)_96px]">
      <span className="font-mono text-12 font-medium">{disk.name}</span>
      <span className="min-w-0 max-md:order-3 max-md:col-span-2">
        <span className="block break-words">{disk.model ?? 'Model not known'}</span>
        {disk.serial && <span className="block break-all font-mono text-12 text-muted">{disk.serial}</span>}
      </span>
      <span className="break-words text-12 text-muted max-md:order-4 max-md:col-span-2">{diskWords(disk)}</span>
      <Status {...diskStatus(disk)} />
      {(troubles.length > 0 || disk.problem !== null) && (
        <p className="col-span-full break-words text-12 max-md:order-5 md:col-start-2">
          {[...troubles.map((what) => `It ${what}.`), ...(disk.problem === null ? [] : [`${disk.problem}.`])].join(' ')}
        </p>
      )}
    </li>
  )
}
