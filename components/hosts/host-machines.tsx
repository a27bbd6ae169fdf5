import { Facts, Panel } from '@/components/ui/feedback'
import type { HostView } from '@/lib/hosts/schema'
import { isAble, LIBVIRT_ABILITIES, type LibvirtAbility, neededFor } from '@/lib/libvirt/abilities'

const ABILITIES = Object.keys(LIBVIRT_ABILITIES) as LibvirtAbility[]

/** libvirt and QEMU of the host, and what they can do with the disks of machines. */
export function HostMachines({ host }: { host: HostView }) {
  const libvirt = host.info?.libvirt
  if (!libvirt) return null
  const versions = { libvirt: libvirt.version, qemu: libvirt.qemu }
  return (
    <Panel title="Virtual machines">
      <Facts
        items={[
          ['libvirt', libvirt.version ?? 'does not answer'],
          ['QEMU', libvirt.qemu ?? 'unknown'],
        ]}
      />
      {libvirt.error && <p className="mt-3 break-words text-12 text-muted">{libvirt.error}</p>}
      {libvirt.version && (
        <ul className="mt-4 space-y-1.5 border-t border-line pt-3 text-13">
          {ABILITIES.map((ability) => (
            <li key={ability} className="flex items-baseline justify-between gap-4">
              <span>{LIBVIRT_ABILITIES[ability].title}</span>
              <span className="shrink-0 text-12 text-muted">
                {isAble(ability, versions) ? 'Yes' : `From ${neededFor(ability)}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
