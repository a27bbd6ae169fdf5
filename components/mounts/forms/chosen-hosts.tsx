import { TargetPicker } from '@/components/mounts/forms/target-picker'
import type { useTargeting } from '@/components/mounts/forms/use-targeting'
import { ButtonLink } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'

/** Which hosts something new is for, and the way out where there is none yet. */
export function ChosenHosts({ targeting }: { targeting: ReturnType<typeof useTargeting> }) {
  return (
    <>
      <TargetPicker
        hosts={targeting.hosts}
        value={targeting.chosen}
        onChange={targeting.choose}
        error={targeting.error}
      />
      {targeting.hasNoHosts && (
        <Note kind="warning">
          There is no host yet.{' '}
          <ButtonLink href="/hosts?add=1" size="sm">
            Add a host
          </ButtonLink>
        </Note>
      )}
    </>
  )
}
