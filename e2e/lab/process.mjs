// @ts-check
import { spawn } from 'node:child_process'
import { pace } from './pace.mjs'

/**
 * What a finished command left behind.
 * @typedef {{ exitCode: number, stdout: string, stderr: string }} Finished
 */

/**
 * Runs a command and resolves with whatever it answered, any exit code included.
 * Rejects when it cannot start, or when it is still running after `timeoutMs` (it is killed then).
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ input?: string | Uint8Array, timeoutMs?: number, env?: Record<string, string> }} [options]
 * @returns {Promise<Finished>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            child.kill('SIGKILL')
            // A grandchild may hold the pipes open; the caller must not wait for it.
            reject(new Error(`${command} gave no answer within ${options.timeoutMs} ms. Its output so far: ${stderr}`))
          }, options.timeoutMs)
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ exitCode: code ?? 255, stdout, stderr })
    })
    // A command that ends without reading its input is no failure of ours.
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
  })
}

/**
 * Runs a command that must succeed; rejects with its own words otherwise.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 * @returns {Promise<Finished>}
 */
export async function runOk(command, args, options) {
  const finished = await run(command, args, options)
  if (finished.exitCode !== 0) {
    const words = (finished.stderr || finished.stdout).trim().split('\n').slice(-15).join('\n')
    throw new Error(`${command} ended with exit code ${finished.exitCode}: ${words}`)
  }
  return finished
}

/**
 * Asks again and again until the answer is no longer `undefined`. The limit grows with the pace of the machine.
 * @template T
 * @param {string} what names the condition in the error
 * @param {() => T | undefined | Promise<T | undefined>} ask
 * @param {{ timeoutMs: number, everyMs?: number }} options
 * @returns {Promise<T>}
 */
export async function waitFor(what, ask, { timeoutMs, everyMs = 100 }) {
  const limitMs = timeoutMs * pace()
  const end = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > end) throw new Error(`Waited ${limitMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
