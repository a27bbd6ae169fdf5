import { namesInShort } from '@/lib/sentences'

interface NamedHost {
  name: string
  /** `host:port`, as the controller reaches its agent. */
  address: string
}

const PORT = /:\d+$/
/** Says nothing to another machine. */
const OF_ITSELF = /^(?:127\.|\[?::1\]?$|localhost$|0\.0\.0\.0$)/

/** `web-1 (192.0.2.7)`; the name alone where it is the address, or no other machine could use it. */
function withAddress({ name, address }: NamedHost): string {
  const host = address.replace(PORT, '')
  return host === name || OF_ITSELF.test(host) ? name : `${name} (${host.replace(/^\[|\]$/g, '')})`
}

/** The words of one host in a list of many: "this host" is nobody there, and its name stands behind the sentence. */
export function titleAway(title: string): string {
  return title.replaceAll('this host', 'the host')
}

/** An advice that was written for the page of one host, for those that it is about. */
export function adviceAway(advice: string, hosts: readonly NamedHost[]): string {
  const [first] = hosts
  if (first === undefined) return advice
  return advice
    .replaceAll('the address of this host', namesInShort(hosts.map(withAddress)))
    .replaceAll('this host', hosts.length === 1 ? first.name : 'each host')
}
