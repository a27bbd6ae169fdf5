import { LoaderCircle, type LucideIcon } from 'lucide-react'
import Link from 'next/link'
import type { ComponentProps, ReactNode } from 'react'
import { cn } from '@/components/ui/cn'

const VARIANTS = {
  primary: 'bg-accent-fill text-white hover:bg-accent-fill-hover active:bg-accent-fill-hover',
  secondary: 'border border-line-strong bg-surface text-ink hover:bg-hover active:bg-pressed',
  ghost: 'text-muted hover:bg-hover hover:text-ink active:bg-pressed',
  danger: 'bg-critical-fill text-white hover:bg-critical-fill-hover',
} as const
const SIZES = {
  sm: 'h-7 px-2 text-12 gap-1',
  md: 'h-8 px-3 text-13 gap-1.5',
  lg: 'h-10 px-4 text-14 gap-2',
} as const

export interface ButtonLook {
  variant?: keyof typeof VARIANTS | undefined
  size?: keyof typeof SIZES | undefined
  icon?: LucideIcon | undefined
  /** Shows that the action is under way, and takes no second click. */
  pending?: boolean | undefined
}

export function buttonClass({ variant = 'secondary', size = 'md' }: ButtonLook, className?: string): string {
  return cn(
    'inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-md font-medium transition-colors duration-100',
    'disabled:opacity-55 aria-disabled:opacity-55 data-disabled:opacity-55',
    VARIANTS[variant],
    SIZES[size],
    className,
  )
}

function Content({ icon: Icon, pending, children }: ButtonLook & { children?: ReactNode }) {
  return (
    <>
      {pending ? (
        <LoaderCircle aria-hidden className="size-4 animate-spin" />
      ) : (
        Icon && <Icon aria-hidden className="size-4" strokeWidth={1.75} />
      )}
      {children}
    </>
  )
}

export function Button({
  variant,
  size,
  icon,
  pending,
  className,
  children,
  onClick,
  ...rest
}: ComponentProps<'button'> & ButtonLook) {
  return (
    <button
      type="button"
      {...rest}
      // Not `disabled`, which would take the focus away from who pressed it.
      aria-disabled={pending || undefined}
      onClick={pending ? (event) => event.preventDefault() : onClick}
      aria-busy={pending || undefined}
      className={buttonClass({ variant, size }, className)}
    >
      <Content icon={icon} pending={pending}>
        {children}
      </Content>
    </button>
  )
}

export function ButtonLink({
  variant,
  size,
  icon,
  className,
  children,
  ...rest
}: ComponentProps<typeof Link> & Omit<ButtonLook, 'pending'>) {
  return (
    <Link prefetch={false} {...rest} className={buttonClass({ variant, size }, className)}>
      <Content icon={icon}>{children}</Content>
    </Link>
  )
}

/** A square button that shows only an icon; `label` is its name. */
export function IconButton({
  icon: Icon,
  label,
  className,
  ...rest
}: Omit<ComponentProps<'button'>, 'children'> & { icon: LucideIcon; label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={cn(
        'inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted transition-colors duration-100 hover:bg-hover hover:text-ink data-popup-open:bg-hover data-popup-open:text-ink',
        className,
      )}
    >
      <Icon aria-hidden className="size-4" strokeWidth={1.75} />
    </button>
  )
}
