import type { ReactNode } from 'react'
import { Logo } from '@/components/layout/logo'

export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-4 py-12">
      <div className="w-full max-w-[360px]">
        <div className="mb-8 flex items-center gap-2.5 text-16 font-semibold tracking-tight">
          <Logo className="size-8" />
          Holdfast
        </div>
        {children}
      </div>
    </main>
  )
}
