import { Check } from 'lucide-react'
import { ButtonLink } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'

/** The way to the first mount, with the next step ready to take. */
export function FirstSteps({ hosts, backends }: { hosts: number; backends: number }) {
  const steps = [
    {
      title: 'Have a host',
      text: 'A Linux machine with the agent. This machine may be one already.',
      done: hosts > 0,
      href: '/hosts?add=1',
      action: 'Add a host',
    },
    {
      title: 'Define a storage',
      text: 'An NFS or SMB share, an S3 bucket or a directory, tested for real.',
      done: backends > 0,
      href: '/backends/new',
      action: 'New backend',
    },
    {
      title: 'Mount it',
      text: 'At a path, on one host or on all of them.',
      done: false,
      href: '/mounts/new',
      action: 'New mount',
    },
  ]
  const next = steps.findIndex((step) => !step.done)
  return (
    <section aria-labelledby="first-steps" className="panel">
      <h2 id="first-steps" className="px-4 pt-4 text-16 font-semibold">
        Three steps to the first mount
      </h2>
      <ol className="grid gap-px md:grid-cols-3">
        {steps.map((step, index) => (
          <li key={step.title} className="flex items-start gap-3 p-4">
            <span
              className={cn(
                'inline-flex size-6 shrink-0 items-center justify-center rounded-full border text-12',
                step.done ? 'border-transparent bg-healthy-soft text-healthy' : 'border-control text-muted',
              )}
            >
              {step.done ? <Check aria-label="done" className="size-3.5" /> : index + 1}
            </span>
            <div className="min-w-0">
              <h3 className="text-13 font-medium">{step.title}</h3>
              <p className="mt-0.5 text-13 text-muted">{step.text}</p>
              {!step.done && (
                <ButtonLink
                  href={step.href}
                  size="sm"
                  variant={index === next ? 'primary' : 'secondary'}
                  className="mt-3"
                >
                  {step.action}
                </ButtonLink>
              )}
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}
