// Owns reading an option of the protos: the extension by its name, and what a declaration sets for it.
import {
  type DescExtension,
  type DescField,
  type DescMessage,
  type DescMethod,
  type DescOneof,
  getOption,
  hasOption,
  isMessage,
  type Registry,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';

/** @throws TypeError when the protos do not contain the extension. */
export function extensionNamed(registry: Registry, name: string): DescExtension {
  const found = registry.getExtension(name);
  if (found === undefined) throw new TypeError(`the descriptor set does not contain ${name}`);
  return found;
}

/** The message a declaration sets as this option; undefined when it sets none. */
export function optionOf(
  desc: DescField | DescMessage | DescMethod | DescOneof,
  extension: DescExtension,
): ReflectMessage | undefined {
  if (!hasOption(desc, extension)) return undefined;
  const option: unknown = getOption(desc, extension);
  if (extension.message === undefined || !isMessage(option))
    throw new TypeError(`${extension.typeName} is not a message`);
  return reflect(extension.message, option);
}

/** The fields a message sets, with their values. */
export function setFields(message: ReflectMessage): readonly (readonly [DescField, unknown])[] {
  return message.fields
    .filter((field) => message.isSet(field))
    .map((field) => [field, message.get(field)] as const);
}
