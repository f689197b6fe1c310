import { existsSync, readFileSync } from 'node:fs'
import type { JSONWebKeySet } from 'jose'
import type { OpenRoot } from '../app/ports.ts'
import type { Config } from '../config.ts'
import { grantKeyFile } from '../grants/key-file.ts'
import { createRootCheck } from '../grants/root-check.ts'

/**
 * By what roots are checked: given keys, or those of the service. Makes none.
 * @param jwks a file or URL; null: not given
 * @throws an Error that says which keys are missing or can't be read, and what to do
 */
export async function rootCheck(config: Config, jwks: string | null): Promise<OpenRoot> {
  if (jwks !== null) return checkedWith(jwks)
  if (config.grantKeys === null && !existsSync(grantKeyFile(config.databaseFile)))
    throw new Error(
      `The signatures of the roots cannot be checked: there is no key at ${grantKeyFile(config.databaseFile)}, and GRANT_SIGNING_KEY is not set. Give the public keys with --jwks: a file, or the address of /.well-known/jwks.json.`,
    )
  const { openSigner } = await import('../compose.ts')
  return createRootCheck((await openSigner(config)).jwks)
}

async function checkedWith(jwks: string): Promise<OpenRoot> {
  try {
    return createRootCheck(asKeys(JSON.parse(await textAt(jwks))))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`The public keys at ${jwks} cannot be read (${why}). Expected is a JWKS, {"keys": [...]}.`, {
      cause: error,
    })
  }
}

async function textAt(place: string): Promise<string> {
  if (!/^https?:/.test(place)) return readFileSync(place, 'utf8')
  const answer = await fetch(place)
  if (!answer.ok) throw new Error(`it answered ${answer.status}`)
  return answer.text()
}

function asKeys(json: unknown): JSONWebKeySet {
  const given =
    typeof json === 'object' && json !== null && 'keys' in json && Array.isArray(json.keys) ? json.keys : null
  if (given === null) throw new Error('it is no JWKS')
  return { keys: given }
}
