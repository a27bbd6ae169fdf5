'use client'

import { useQuery } from '@tanstack/react-query'
import { ChevronDown, Eye, Keyboard, Maximize, RotateCw, Scaling } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { ClipboardDialog } from '@/components/consoles/clipboard-dialog'
import { CONSOLE_STATUS } from '@/components/consoles/console-status'
import { ControlNote } from '@/components/consoles/control-note'
import { OpenScreens, openOn } from '@/components/consoles/open-screens'
import { OwnViewer } from '@/components/consoles/own-viewer'
import { COMBINATIONS, type Key, TEXT_CONSOLES } from '@/components/consoles/screen-keys'
import { ScreenLink, type ScreenLook } from '@/components/consoles/screen-link'
import { ScreenNotice } from '@/components/consoles/screen-notice'
import type { ScreenState } from '@/components/consoles/screen-state'
import { showWhole } from '@/components/consoles/show-whole'
import { TypeDialog } from '@/components/consoles/type-dialog'
import { useClipboardSync } from '@/components/consoles/use-clipboard-sync'
import { useWayOut } from '@/components/consoles/use-way-out'
import { Page } from '@/components/layout/page'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { StatusBadge } from '@/components/ui/status'

/** How often it is looked who types and who asks to. Milliseconds. */
const CONTROL_MS = 2_000

interface Props {
  workload: { id: string; name: string }
  host: { id: string; name: string }
  /** Its UUID. */
  machine: string
}

/** The screen of one machine, and what can be done with it. */
export function MachineScreen({ workload, host, machine }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLDivElement>(null)
  const [link, setLink] = useState<ScreenLink | null>(null)
  const firstControl = useRef<HTMLButtonElement>(null)
  const [state, setState] = useState<ScreenState>({ name: 'connecting' })
  const [look, setLook] = useState<ScreenLook>({ isViewOnly: false, isScaled: true })
  const [dialog, setDialog] = useState<'type' | 'clipboard' | null>(null)
  const [copied, setCopied] = useState<string | null>(null)
  const [consoleId, setConsoleId] = useState<string | null>(null)
  const wayOut = useWayOut(firstControl)
  const hostId = host.id
  useEffect(() => {
    if (canvas.current === null) return
    const onState = (next: ScreenState) => {
      setState(next)
      if (next.name === 'open') return
      setDialog(null)
      setCopied(null)
    }
    const made = new ScreenLink({
      element: canvas.current,
      hostId,
      machine,
      onState,
      onConsole: setConsoleId,
      onCopied: setCopied,
    })
    setLink(made)
    made.start()
    return () => made.stop()
  }, [hostId, machine])
  const isOpen = state.name === 'open'
  const { data: open } = useQuery({ ...openOn(hostId, machine), enabled: isOpen, refetchInterval: CONTROL_MS })
  const own = open?.data.find(({ id }) => id === consoleId)
  const isWatching = own !== undefined && !own.types
  useEffect(() => link?.show({ ...look, isViewOnly: look.isViewOnly || isWatching }), [link, look, isWatching])
  // What it was typing would not arrive any more.
  useEffect(() => {
    if (isWatching) setDialog(null)
  }, [isWatching])
  const mayType = isOpen && !look.isViewOnly && !isWatching
  const paste = useCallback((text: string) => link?.paste(text), [link])
  const [isSynced, setSynced] = useClipboardSync({ isPossible: mayType, copied, paste })
  return (
    <Page
      crumbs={[
        { label: 'Workloads', href: '/workloads' },
        { label: workload.name, href: `/workloads/${workload.id}` },
        { label: 'Screen' },
      ]}
      title={workload.name}
      status={<StatusBadge {...CONSOLE_STATUS[state.name]} />}
      subtitle={`Screen of a virtual machine on ${host.name}`}
      actions={
        <>
          <KeysMenu isEnabled={mayType} onPress={(keys) => link?.press(keys)} onOpen={setDialog} />
          <Toggle
            icon={Eye}
            isOn={look.isViewOnly}
            onChange={(isViewOnly) => setLook({ ...look, isViewOnly })}
            control={firstControl}
          >
            View only
          </Toggle>
          <Toggle icon={Scaling} isOn={look.isScaled} onChange={(isScaled) => setLook({ ...look, isScaled })}>
            Fit
          </Toggle>
          <Button icon={Maximize} disabled={!isOpen} onClick={() => void showWhole(frame.current, link)}>
            <Label>Full screen</Label>
          </Button>
          <Button icon={RotateCw} onClick={() => link?.start()}>
            <Label>Reconnect</Label>
          </Button>
        </>
      }
    >
      <div
        ref={frame}
        {...wayOut}
        className="flex h-[calc(100dvh-208px)] min-h-[320px] flex-col overflow-hidden rounded-lg border border-line bg-[#000]"
      >
        {/* In here, so that it is seen in full screen as well. */}
        {isOpen && own && <ControlNote own={own} consoles={open?.data ?? []} />}
        <div className="relative min-h-0 flex-1">
          {/* Black in both themes, as a screen is. noVNC puts a canvas in here, and takes the keys while that has the focus. */}
          <div ref={canvas} className="absolute inset-0" data-testid="screen" />
          <ScreenNotice
            state={state}
            onRetry={() => link?.start()}
            onPassword={(password) => link?.sendPassword(password)}
          />
        </div>
      </div>
      <p className="mt-2 mb-5 text-12 text-muted">
        While the picture has the focus, all keys go to the machine. <kbd>Ctrl</kbd> <kbd>Alt</kbd> <kbd>Shift</kbd>{' '}
        together lead back to this page. What is opened here, and for how long, is in the audit.{' '}
        <OwnViewer workloadId={workload.id} machine={machine} />
      </p>
      <OpenScreens hostId={hostId} machine={machine} />
      {dialog === 'type' && link && <TypeDialog link={link} onClose={() => setDialog(null)} />}
      {dialog === 'clipboard' && link && (
        <ClipboardDialog
          workloadId={workload.id}
          copied={copied}
          onPaste={paste}
          isSynced={isSynced}
          onSync={setSynced}
          onClose={() => setDialog(null)}
        />
      )}
    </Page>
  )
}

interface KeysMenuProps {
  isEnabled: boolean
  onPress: (keys: readonly Key[]) => void
  onOpen: (dialog: 'type' | 'clipboard') => void
}

function KeysMenu({ isEnabled, onPress, onOpen }: KeysMenuProps) {
  const items = (all: typeof COMBINATIONS) =>
    all.map(({ label, keys }) => (
      <MenuItem key={label} onSelect={() => onPress(keys)}>
        {label}
      </MenuItem>
    ))
  return (
    <Menu
      trigger={
        <Button icon={Keyboard} disabled={!isEnabled}>
          Send keys <ChevronDown aria-hidden className="size-4" />
        </Button>
      }
    >
      <MenuItem onSelect={() => onOpen('type')}>Type a text …</MenuItem>
      <MenuItem onSelect={() => onOpen('clipboard')}>Clipboard …</MenuItem>
      <MenuSeparator />
      {items(COMBINATIONS)}
      <MenuSeparator />
      {items(TEXT_CONSOLES)}
    </Menu>
  )
}

function Toggle({
  icon,
  isOn,
  onChange,
  control,
  children,
}: {
  icon: typeof Eye
  isOn: boolean
  onChange: (isOn: boolean) => void
  control?: React.Ref<HTMLButtonElement>
  children: string
}) {
  return (
    <Button
      ref={control}
      icon={icon}
      aria-pressed={isOn}
      className={isOn ? 'bg-pressed' : ''}
      onClick={() => onChange(!isOn)}
    >
      <Label>{children}</Label>
    </Button>
  )
}

/** On a phone the icon stands for it: all of them are to fit into one line above the picture. */
function Label({ children }: { children: string }) {
  return <span className="max-sm:sr-only">{children}</span>
}
