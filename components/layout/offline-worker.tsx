'use client'

import { useEffect } from 'react'

/**
 * Has the browser show a page of ours while the server is away. Only where browsers allow it (https or this machine), and not while
 * the console is being developed.
 */
export function OfflineWorker() {
  useEffect(() => {
    if (process.env.NODE_ENV !== 'production' || !('serviceWorker' in navigator)) return
    const register = () =>
      // Refused for example with a certificate that the browser does not trust; then the browser's own page does.
      void navigator.serviceWorker.register('/service-worker.js', { updateViaCache: 'none' }).catch(() => {})
    if (document.readyState === 'complete') return register()
    addEventListener('load', register, { once: true })
    return () => removeEventListener('load', register)
  }, [])
  return null
}
