import { Button } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'
import type { AttachmentView, WorkloadView } from '@/lib/workloads/schema'

/** What it was given from here and has no more: whoever made it anew, or took it away, did not say so. */
export function GoneMounts({
  workload,
  onAgain,
  onForget,
}: {
  workload: WorkloadView
  /** Absent: they may only be seen. */
  onAgain?: ((attachment: AttachmentView) => void) | undefined
  onForget: (attachment: AttachmentView) => void
}) {
  const gone = workload.attachments.filter(({ state }) => state === 'gone')
  return gone.map((attachment) => {
    const { id, mount, sub_path: subPath, target, made_anew: isAnew } = attachment
    const what = subPath === '' ? mount.name : `${subPath} of ${mount.name}`
    const why = isAnew ? 'It was made anew without it.' : 'It was taken away outside of Holdfast.'
    return (
      <Note key={id} kind="warning" title={`${what} is not at ${target} any more`}>
        <p>
          {workload.name} was given it by {attachment.created_by}. {why}
        </p>
        {onAgain && (
          <div className="mt-2 flex flex-wrap gap-2">
            <Button size="sm" onClick={() => onAgain(attachment)}>
              Attach it again
            </Button>
            <Button size="sm" onClick={() => onForget(attachment)}>
              Forget it
            </Button>
          </div>
        )}
      </Note>
    )
  })
}
