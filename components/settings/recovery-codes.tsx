'use client'

import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { AlertDialog } from '@/components/ui/dialog'

/** Shown once; a click beside it must not lose them. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  return (
    <AlertDialog
      open
      onOpenChange={() => {}}
      title="Your recovery codes"
      description="Each lets you in once in place of a code of the app, when the phone is lost. Keep them where the phone is not. They are shown this once; only their hashes are kept."
      footer={
        <Button variant="primary" onClick={onClose}>
          I have kept them
        </Button>
      }
    >
      <CodeBlock text={codes.join('\n')} label="Codes" className="mt-4" />
    </AlertDialog>
  )
}
