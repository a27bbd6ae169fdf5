import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { SwitchRow } from '@/components/ui/switch-row'
import type { MachineDraft } from '@/components/workloads/machines/machine-draft'
import { formatBytes } from '@/lib/units'
import type { MachineOffersView } from '@/lib/workloads/schema'

export interface DraftPart {
  draft: MachineDraft
  /** What is wrong with a field, by its name in the API. */
  wrong: (field: string) => string | undefined
  change: (over: Partial<MachineDraft>) => void
}
type Offered = DraftPart & { offers: MachineOffersView }

const FIRMWARE_WORDS = { bios: 'BIOS', uefi: 'UEFI' } as const
const NO_NETWORK = 'none'

/** Processors, memory, firmware and network, as its host has them. */
export function HardwareFields({ draft, wrong, change, offers }: Offered) {
  const { firmwares, networks, is_accelerated: isAccelerated } = offers
  const firmware = firmwares.find((one) => one === draft.firmware) ?? ''
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Processors" error={wrong('cpus')} help={`The host has ${offers.cpus}.`}>
          {(control) => (
            <Input
              {...control}
              value={draft.cpus}
              inputMode="numeric"
              maxLength={4}
              onChange={(event) => change({ cpus: event.target.value.trim() })}
            />
          )}
        </Field>
        <Field
          label="Memory in MiB"
          error={wrong('memory_mib')}
          help={`The host has ${formatBytes(offers.memory_mib * 1024 ** 2)} in all.`}
        >
          {(control) => (
            <Input
              {...control}
              value={draft.memory}
              inputMode="numeric"
              maxLength={8}
              onChange={(event) => change({ memory: event.target.value.trim() })}
            />
          )}
        </Field>
        <Field
          label="Firmware"
          error={wrong('firmware')}
          help={firmwares.includes('uefi') ? undefined : 'UEFI is offered where the host has OVMF.'}
        >
          {(control) => (
            <Select
              {...control}
              value={firmware}
              onChange={(one) => change({ firmware: one })}
              choices={firmwares.map((value) => ({ value, label: FIRMWARE_WORDS[value] }))}
            />
          )}
        </Field>
        <Field
          label="Network"
          error={wrong('network')}
          help={networks.length === 0 ? 'The host has no network of libvirt that is up, and no bridge.' : undefined}
        >
          {(control) => (
            <Select
              {...control}
              value={draft.network === '' ? NO_NETWORK : draft.network}
              onChange={(network) => change({ network: network === NO_NETWORK ? '' : network })}
              choices={[
                { value: NO_NETWORK, label: 'None' },
                ...networks.map(({ kind, name }) => ({
                  value: `${kind} ${name}`,
                  label: name,
                  detail: kind === 'network' ? 'Network of libvirt' : 'Bridge of the host',
                })),
              ]}
            />
          )}
        </Field>
      </div>
      {!isAccelerated && (
        <p className="text-13 text-muted">This host has no KVM: machines are emulated, and many times slower.</p>
      )}
    </>
  )
}

/** The ways to it from outside, and whether it starts. */
export function SwitchFields({ draft, wrong, change, offers }: Offered) {
  const { screen, serial, clipboard, guestAgent, start } = draft
  return (
    <div className="space-y-3 border-t border-line pt-4">
      <SwitchRow
        label="Screen"
        help="By VNC on a socket of the host; nothing listens on the network."
        checked={screen}
        onChange={(isOn) => change({ screen: isOn, clipboard: isOn && clipboard })}
      />
      <SwitchRow
        label="Clipboard of its screen"
        help={
          offers.clipboard
            ? 'For guests that run spice-vdagent.'
            : 'The libvirt or QEMU of this host has no channel for it.'
        }
        checked={clipboard}
        disabled={!offers.clipboard || !screen}
        error={wrong('clipboard')}
        onChange={(isOn) => change({ clipboard: isOn })}
      />
      <SwitchRow label="Serial console" checked={serial} onChange={(isOn) => change({ serial: isOn })} />
      <SwitchRow
        label="Guest agent"
        help="The channel of qemu-guest-agent, by which snapshots find its files at rest."
        checked={guestAgent}
        onChange={(isOn) => change({ guestAgent: isOn })}
      />
      <SwitchRow label="Start it when it is made" checked={start} onChange={(isOn) => change({ start: isOn })} />
    </div>
  )
}
