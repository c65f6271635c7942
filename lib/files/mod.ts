/**
 * Files: the kit's folder in the user's cache, files that are written whole or not at all, files that come with the
 * kit, and whether a shared library is whole. It needs Deno: what must run in browsers does not import it.
 *
 * @module
 */
export { cacheFolder } from "./cache_folder.ts";
export { KIT_VERSION } from "./kit_version.ts";
export { DiskError, diskError } from "./disk_error.ts";
export { isLocked, type LockOptions, withLock } from "./lock.ts";
export { libraryDamage } from "./library_damage.ts";
export {
  DamagedError,
  DIFFERS,
  isSealed,
  NAMED_DIGEST,
  namedDigest,
  openSealedJson,
  sayUnused,
  seal,
  sealedJson,
  sha256,
  unsealed,
} from "./sealed.ts";
export { isWrittenSince, readIfThere, readPublished } from "./read.ts";
export { writeAtomically } from "./write_atomically.ts";
