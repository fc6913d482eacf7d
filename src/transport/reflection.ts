// Owns server reflection (v1 and v1alpha), from the same descriptor set the field rules come from.
import { type FileRegistry, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import type { EnumTypeDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';

/**
 * @param files with imports
 * @param services the full names to list, each described by the set
 */
export function addReflection(
  server: Server,
  { files }: Pick<FileRegistry, 'files'>,
  services: readonly string[],
): void {
  // Of a package definition the reflection service reads only the files. They are handed to it as they
  // are: proto-loader would merge the files of a package and lose what they import.
  const set: EnumTypeDefinition = {
    format: 'Protocol Buffer 3 EnumDescriptorProto',
    type: {},
    fileDescriptorProtos: [...files].map(({ proto }) =>
      Buffer.from(toBinary(FileDescriptorProtoSchema, proto)),
    ),
  };
  new ReflectionService({ set }, { services: [...services] }).addToServer(server);
}
