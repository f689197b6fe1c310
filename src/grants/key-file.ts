import { generateKeyPairSync } from 'node:crypto'
import { basename, dirname, join, parse } from 'node:path'
import { keyFile } from '../key-files.ts'
import { EXPECTED, type GrantKeys, parseGrantKeys } from './jwk.ts'

/**
 * The keys of a database that was given none: in `keys/NAME.grant.jwk` beside it, made on the first start. A database that
 * was tried locally has another key than that of a real workspace: whoever can click there must not sign for here.
 * @throws an Error that names the file and says what is wrong with it
 */
export function keysFromFile(databaseFile: string): { readonly keys: GrantKeys; readonly file: string } {
  const file = grantKeyFile(databaseFile)
  const keys = parseGrantKeys(keyFile(databaseFile, basename(file), newKey))
  if (keys !== null) return { keys, file }
  throw new Error(
    `The key that signs grants, ${file}, is not a key: ${EXPECTED}. Put it right or back from a copy; without the old key the grants that it signed are worth nothing. If there is no copy, delete the file: the next start makes a new key.`,
  )
}

/** Where the keys of a database are that was given none. */
export function grantKeyFile(databaseFile: string): string {
  return join(dirname(databaseFile), 'keys', `${parse(databaseFile).name}.grant.jwk`)
}

function newKey(): string {
  return JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }))
}
