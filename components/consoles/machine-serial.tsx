'use client'

import '@xterm/xterm/css/xterm.css'
import { ChevronDown, Keyboard, RotateCw } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { CONSOLE_STATUS } from '@/components/consoles/console-status'
import { OpenScreens } from '@/components/consoles/open-screens'
import { ScreenNotice } from '@/components/consoles/screen-notice'
import type { ScreenState } from '@/components/consoles/screen-state'
import { SERIAL_KEYS } from '@/components/consoles/serial-keys'
import { SerialLink } from '@/components/consoles/serial-link'
import { SerialLog } from '@/components/consoles/serial-log'
import { useWayOut } from '@/components/consoles/use-way-out'
import { Page } from '@/components/layout/page'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { StatusBadge } from '@/components/ui/status'

interface Props {
  workload: { id: string; name: string }
  host: { id: string; name: string }
  /** Its UUID. */
  machine: string
}

/** The serial console of one machine: text only, also where its system shows no picture. */
export function MachineSerial({ workload, host, machine }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const firstControl = useRef<HTMLButtonElement>(null)
  const [link, setLink] = useState<SerialLink | null>(null)
  const [state, setState] = useState<ScreenState>({ name: 'connecting' })
  const wayOut = useWayOut(firstControl)
  const hostId = host.id
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const made = new SerialLink({ element, hostId, machine, onState: setState })
    setLink(made)
    made.start()
    const size = new ResizeObserver(() => made.fit())
    size.observe(element)
    return () => {
      size.disconnect()
      made.dispose()
    }
  }, [hostId, machine])
  const isOpen = state.name === 'open'
  return (
    <Page
      crumbs={[
        { label: 'Workloads', href: '/workloads' },
        { label: workload.name, href: `/workloads/${workload.id}` },
        { label: 'Serial console' },
      ]}
      title={workload.name}
      status={<StatusBadge {...CONSOLE_STATUS[state.name]} />}
      subtitle={`Serial console of a virtual machine on ${host.name}`}
      actions={
        <>
          <Menu
            trigger={
              <Button ref={firstControl} icon={Keyboard} disabled={!isOpen}>
                Send keys <ChevronDown aria-hidden className="size-4" />
              </Button>
            }
          >
            {SERIAL_KEYS.map(({ label, text }) => (
              <MenuItem
                key={label}
                onSelect={() => {
                  link?.send(text)
                  link?.focus()
                }}
              >
                {label}
              </MenuItem>
            ))}
          </Menu>
          <Button icon={RotateCw} onClick={() => link?.start()}>
            <span className="max-sm:sr-only">Reconnect</span>
          </Button>
        </>
      }
    >
      <div
        {...wayOut}
        className="relative h-[calc(100dvh-208px)] min-h-[320px] overflow-hidden rounded-lg border border-line bg-sunken"
      >
        <div ref={place} className="absolute inset-2" data-testid="serial" />
        <ScreenNotice state={state} onRetry={() => link?.start()} />
      </div>
      <p className="mt-2 mb-5 text-12 text-muted">
        What is typed here goes to the serial port of the machine and nowhere else. Press Enter if it says nothing.{' '}
        <kbd>Ctrl</kbd> <kbd>Alt</kbd> <kbd>Shift</kbd> together lead back to this page. One person at a time reads it.
      </p>
      <div className="space-y-5">
        <OpenScreens hostId={hostId} machine={machine} />
        <SerialLog hostId={hostId} machine={machine} name={workload.name} said={() => link?.said() ?? new Blob()} />
      </div>
    </Page>
  )
}
