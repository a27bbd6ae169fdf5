'use client'

import { Download, SquareArrowOutUpRight } from 'lucide-react'
import { useState } from 'react'
import { ButtonLink } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'

const STEP = 'mb-2 text-13 font-medium'

/** How a person sees a screen in remote-viewer, TigerVNC or another program of their own. */
export function OwnViewer({ workloadId, machine }: { workloadId: string; machine: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" className="font-medium text-accent hover:underline" onClick={() => setOpen(true)}>
        Use a viewer of your own
      </button>
      <Dialog
        open={isOpen}
        onOpenChange={setOpen}
        title="In a viewer of your own"
        description="In remote-viewer, TigerVNC or any other, on the computer in front of you. Nothing has to be opened on the host for it."
      >
        {isOpen && <Steps workloadId={workloadId} machine={machine} />}
      </Dialog>
    </>
  )
}

/** Only in a browser: what has to be typed depends on the address that this page has. */
function Steps({ workloadId, machine }: { workloadId: string; machine: string }) {
  const at = window.location.origin
  return (
    <ol className="space-y-5">
      <li>
        <h3 className={STEP}>Once: get the program and sign in</h3>
        <ButtonLink icon={Download} href="/api/v1/consoles/client" download>
          holdfast.mjs
        </ButtonLink>
        <p className="mt-2 mb-2 text-13 text-muted">
          One file for Linux, macOS and Windows; it needs Node 22 or newer. It asks for an API token of yours.
        </p>
        <CodeBlock text={`node holdfast.mjs sign-in ${at}`} label="The command to sign in" />
      </li>
      <li>
        <h3 className={STEP}>Then: open the screen</h3>
        <CodeBlock text={`node holdfast.mjs console ${machine}`} label="The command to open it" />
        <p className="mt-2 text-13 text-muted">
          The name of the machine does as well, and <code className="font-mono text-12">--print</code> gives an address
          for a viewer that is started by hand.
        </p>
      </li>
      <li>
        <h3 className={STEP}>Or by a link, on a Linux desktop</h3>
        <CodeBlock text="node holdfast.mjs register" label="The command to register links" />
        <p className="mt-2 mb-2 text-13 text-muted">From then on this opens the screen at once:</p>
        <ButtonLink icon={SquareArrowOutUpRight} href={`holdfast://console/${workloadId}?at=${encodeURIComponent(at)}`}>
          Open in a viewer
        </ButtonLink>
      </li>
    </ol>
  )
}
