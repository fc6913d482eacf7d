// Owns the package's own files, found the same way from sources and from dist/.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest folder above this file that holds package.json. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** The version in package.json. */
export function packageVersion(): string {
  const content: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  const version: unknown = Reflect.get(Object(content), 'version');
  if (typeof version !== 'string') throw new TypeError('package.json has no version');
  return version;
}

/** The encoded google.protobuf.FileDescriptorSet of proto/, with imports. */
export function descriptorSet(): Uint8Array {
  return readFileSync(join(packageRoot(), 'gen', 'descriptor.binpb'));
}
