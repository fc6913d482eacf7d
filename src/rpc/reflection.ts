// Owns server reflection (v1 and v1alpha), from the same descriptor set the field rules come from.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import type { EnumTypeDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';

/**
 * @param descriptorSet an encoded google.protobuf.FileDescriptorSet with imports
 * @param services the full names to list, each described by the set
 */
export function addReflection(server: Server, descriptorSet: Uint8Array, services: readonly string[]): void {
  const files = fromBinary(FileDescriptorSetSchema, descriptorSet).file;
  // Of a package definition the reflection service reads only the files. They are handed to it as they
  // are: proto-loader would merge the files of a package and lose what they import.
  const set: EnumTypeDefinition = {
    format: 'Protocol Buffer 3 EnumDescriptorProto',
    type: {},
    fileDescriptorProtos: files.map((file) => Buffer.from(toBinary(FileDescriptorProtoSchema, file))),
  };
  new ReflectionService({ set }, { services: [...services] }).addToServer(server);
}
